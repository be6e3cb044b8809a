"""Properties over every IANA zone that changed its clock between 2020 and 2035."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.decisions.windows import (
    Calendar,
    Freeze,
    LocalWindow,
    Purpose,
    Rules,
    Scope,
    instant_of,
    open_spans,
    state_at,
    zone_named,
)

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@cache
def transitions(name: str) -> tuple[datetime, ...]:
    """The instants at which clocks in the zone were or will be changed, to the second."""
    zone, found, day = ZoneInfo(name), [], FIRST
    while day < LAST:
        following = day + 21 * DAY  # Morocco's month of Ramadan is the shortest pause
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(bisected(zone, day, following))
        day = following
    return tuple(found)


def bisected(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@cache
def changing_zones() -> tuple[str, ...]:
    """One zone for each set of transitions and offsets: aliases would only repeat the work."""
    distinct: dict[object, str] = {}
    for name in sorted(available_timezones()):
        changes = transitions(name)
        if changes:
            zone = ZoneInfo(name)
            key = (changes, tuple(change.astimezone(zone).utcoffset() for change in changes))
            distinct.setdefault(key, name)
    return tuple(distinct.values())


WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[str, datetime, tuple[LocalWindow, ...]]:
    """A zone, an instant within two days of a change of its clock, and hours of that zone."""
    name = draw(st.sampled_from(changing_zones()))
    change = draw(st.sampled_from(transitions(name)))
    at = change + timedelta(minutes=draw(st.integers(-2880, 2880)))
    windows = draw(
        st.lists(
            st.builds(
                lambda days, start, length: LocalWindow(days, start, start + length, name),
                WEEKDAYS,
                st.integers(0, 1439),
                st.integers(1, 1440),
            ),
            max_size=3,
        )
    )
    return name, at, tuple(windows)


@st.composite
def freezes(draw: st.DrawFn, around: datetime) -> tuple[Freeze, ...]:
    found = []
    for index in range(draw(st.integers(0, 4))):
        start = around + timedelta(minutes=draw(st.integers(-4000, 8000)))
        length = timedelta(minutes=draw(st.integers(1, 4000)))
        found.append(Freeze(f"f{index}", start, start + length))
    return tuple(found)


def test_there_are_zones_to_test() -> None:
    assert len(changing_zones()) > 40
    assert {"Australia/LHI", "Africa/Casablanca", "Africa/Cairo"} < set(changing_zones())


@pytest.mark.parametrize("name", changing_zones())
def test_instants_round_trip_through_every_gap_and_fold(name: str) -> None:
    """Around each change: a wall time that exists gives an instant that shows it again."""
    zone = zone_named(name)
    for change in transitions(name):
        previous: datetime | None = None
        naive = (change - DAY / 4).astimezone(zone).replace(tzinfo=None)
        for step in range(0, 12 * 60, 10):
            wall = naive + timedelta(minutes=step)
            instant = instant_of(wall, zone)
            last = instant_of(wall, zone, last=True)
            shown = instant.astimezone(zone).replace(tzinfo=None)
            if shown == wall:
                assert last.astimezone(zone).replace(tzinfo=None) == wall
            else:
                assert instant == last == change
                assert shown > wall
            assert instant <= last
            assert previous is None or instant >= previous
            previous = instant


@settings(max_examples=2 * settings().max_examples)
@given(data=st.data(), case=near_a_change())
def test_next_open_is_open_and_nothing_between_is(
    data: st.DataObject, case: tuple[str, datetime, tuple[LocalWindow, ...]]
) -> None:
    name, at, windows = case
    calendar, scope = Calendar(data.draw(freezes(at))), Scope("p", "e", "r", name)
    state = state_at(at, calendar, scope, windows)
    changes = sorted(t for t in (state.next_open, state.next_close) if t is not None)
    is_open, start = state.open, at
    for change in changes:
        for step in range(1, 12):
            between = start + (change - start) * step / 12
            assert state_at(between, calendar, scope, windows).open is is_open
        just_before = change - timedelta(microseconds=1)
        assert just_before < at or state_at(just_before, calendar, scope, windows).open is is_open
        is_open = not is_open
        assert state_at(change, calendar, scope, windows).open is is_open
        start = change
    assert state.open or state.next_open is not None


@given(data=st.data(), case=near_a_change())
def test_adding_a_freeze_never_opens_anything(
    data: st.DataObject, case: tuple[str, datetime, tuple[LocalWindow, ...]]
) -> None:
    name, at, windows = case
    scope = Scope("p", "e", "r", name)
    fewer = data.draw(freezes(at))
    more = (*fewer, *data.draw(freezes(at)))
    for minutes in range(-3000, 6000, 700):
        instant = at + timedelta(minutes=minutes)
        before = state_at(instant, Calendar(fewer), scope, windows)
        after = state_at(instant, Calendar(more), scope, windows)
        assert before.open or not after.open
        if before.open and after.open and before.next_close and after.next_close:
            assert after.next_close <= before.next_close


@given(data=st.data(), case=near_a_change())
def test_a_rollback_is_allowed_at_every_instant(
    data: st.DataObject, case: tuple[str, datetime, tuple[LocalWindow, ...]]
) -> None:
    name, at, windows = case
    calendar, scope = Calendar(data.draw(freezes(at))), Scope("p", "e", "r", name)
    for purpose in Purpose:
        if purpose is not Purpose.RELEASE:
            assert state_at(at, calendar, scope, windows, purpose).open


@given(data=st.data(), case=near_a_change())
def test_a_state_that_is_open_lies_in_an_open_stretch_with_the_same_end(
    data: st.DataObject, case: tuple[str, datetime, tuple[LocalWindow, ...]]
) -> None:
    name, at, windows = case
    calendar, scope = Calendar(data.draw(freezes(at))), Scope("p", "e", "r", name)
    rules = Rules(calendar, scope, windows)
    stretches = list(open_spans(rules, at - 5 * DAY, at + 5 * DAY))
    inside = [span for span in stretches if span.covers(at)]
    state = state_at(at, calendar, scope, windows)
    assert bool(inside) is state.open
    if inside and inside[0].end < at + 5 * DAY:
        assert state.next_close == inside[0].end


def test_a_day_that_lost_its_midnight_still_starts() -> None:
    """Santiago's clock jumps from 24:00 to 01:00: the day starts at the jump."""
    window = LocalWindow((6,), 0, 1440, "America/Santiago")
    (span,) = window.spans(
        datetime(2026, 9, 6, 12, tzinfo=UTC), datetime(2026, 9, 6, 13, tzinfo=UTC)
    )
    assert span.end - span.start == timedelta(hours=23)
    assert span.start.astimezone(zone_named("America/Santiago")).date() == date(2026, 9, 6)
