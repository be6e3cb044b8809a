"""Which start comes next, whatever was missed, moved or edited between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.cadence import (
    Cadence,
    ClosedPolicy,
    EveryWeeks,
    Lead,
    Schedule,
    next_fitting,
    next_start,
    starts,
)
from windlass.decisions.windows import Calendar, Freeze, Rules, Scope, parse_windows

SPRINTS = Cadence(EveryWeeks(2, (1,), date(2026, 1, 6)), 600, "Europe/Zurich")
HOURS = parse_windows("mon-thu 10:00-16:00", "Europe/Zurich")
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(
    *freezes: Freeze,
    policy: ClosedPolicy = ClosedPolicy.NEXT,
    cadence: Cadence = SPRINTS,
    lead: Lead | None = None,
) -> Schedule:
    rules = Rules(Calendar(freezes), Scope("storefront"), HOURS)
    return Schedule(cadence, rules, policy, lead or Lead(days=10))


def audit(start: str, end: str) -> Freeze:
    return Freeze("audit", utc(start), utc(end))


def test_a_release_starts_its_lead_time_before_day_zero() -> None:
    start = next_start(schedule(), utc("2026-01-07"))
    assert start is not None
    assert start.day_zero.instant == utc("2026-01-20T09:00")
    assert start.start == utc("2026-01-10T09:00")


def test_a_missed_start_is_made_while_within_the_grace_and_then_dropped() -> None:
    now = utc("2026-01-11T08:00")
    late = next_start(schedule(), now, last=utc("2026-01-06T09:00"), grace=DAY)
    assert late is not None
    assert late.start == utc("2026-01-10T09:00")
    too_late = next_start(schedule(), now + 2 * DAY, last=utc("2026-01-06T09:00"), grace=DAY)
    assert too_late is not None
    assert too_late.start == utc("2026-01-24T09:00")


def test_of_several_missed_starts_the_newest_is_made() -> None:
    after_a_month_off = next_start(
        schedule(), utc("2026-03-01"), last=utc("2026-01-06T09:00"), grace=60 * DAY
    )
    assert after_a_month_off is not None
    assert after_a_month_off.start == utc("2026-02-21T09:00")


def test_a_made_start_is_not_made_again_within_the_grace() -> None:
    start = next_start(schedule(), utc("2026-01-11T08:00"), last=utc("2026-01-20T09:00"), grace=DAY)
    assert start is not None
    assert start.day_zero.instant == utc("2026-02-03T09:00")


@pytest.mark.parametrize(
    "policy,last,freeze",
    [
        (ClosedPolicy.NEXT, "2026-01-20T09:00", audit("2026-01-20T00:00", "2026-01-22T00:00")),
        (ClosedPolicy.NEXT, "2026-01-22T09:00", None),
        (ClosedPolicy.EARLIER, "2026-01-15T09:00", None),
        (ClosedPolicy.EARLIER, "2026-01-20T09:00", audit("2026-01-18T00:00", "2026-01-22T00:00")),
    ],
)
def test_a_freeze_added_or_lifted_after_the_run_was_made_gives_no_second_run(
    policy: ClosedPolicy, last: str, freeze: Freeze | None
) -> None:
    changed = schedule(*([freeze] if freeze else []), policy=policy)
    start = next_start(changed, utc("2026-01-10T10:00"), last=utc(last), grace=5 * DAY)
    assert start is not None
    assert start.day_zero.instant == utc("2026-02-03T09:00")


def test_a_new_hour_for_the_same_day_gives_no_second_run() -> None:
    afternoon = Cadence(SPRINTS.rule, 15 * 60, "Europe/Zurich")
    start = next_start(
        schedule(cadence=afternoon),
        utc("2026-01-10T10:00"),
        last=utc("2026-01-20T09:00"),
        grace=DAY,
    )
    assert start is not None
    assert start.day_zero.instant == utc("2026-02-03T14:00")


def test_a_freeze_added_before_the_run_moves_its_start() -> None:
    before = next_start(schedule(), utc("2026-01-07"))
    after = next_start(schedule(audit("2026-01-19T00:00", "2026-01-22T00:00")), utc("2026-01-07"))
    assert before is not None
    assert after is not None
    assert after.start - before.start == 2 * DAY
    assert after.day_zero.moved_from == before.day_zero.instant


def test_a_backfill_makes_every_start_in_order() -> None:
    found = []
    last: datetime | None = None
    for _ in range(3):
        start = next_start(
            schedule(), utc("2027-01-01"), last=last, earliest=utc("2026-02-01"), catch_up=True
        )
        assert start is not None
        found.append(start.start)
        last = start.day_zero.instant
    assert found == [utc("2026-02-07T09:00"), utc("2026-02-21T09:00"), utc("2026-03-07T09:00")]


def test_nothing_starts_before_the_start_date_of_the_dag() -> None:
    start = next_start(schedule(), utc("2026-01-07"), earliest=utc("2026-06-01"))
    assert start is not None
    assert start.start == utc("2026-06-13T08:00")


def test_where_nothing_opens_a_person_gets_no_day_zero() -> None:
    never = schedule(audit("2026-01-01T00:00", "2040-01-01T00:00"))
    assert next_fitting(never, utc("2026-01-07T12:00")) is None


def test_a_cadence_that_ended_gives_nothing() -> None:
    never = schedule(audit("2026-01-01T00:00", "2040-01-01T00:00"), policy=ClosedPolicy.SKIP)
    assert next_start(never, utc("2026-01-07")) is None


def test_two_day_zeros_with_one_start_start_a_second_apart() -> None:
    both = Cadence(EveryWeeks(1, (0, 6), date(2026, 1, 4)), 600, "UTC")
    rules = Rules(Calendar(), Scope("storefront"), ())
    found = starts(
        Schedule(both, rules, lead=Lead(days=1, working=True)), utc("2026-01-11"), utc("2026-01-13")
    )
    assert [start.start for start in found] == [utc("2026-01-09T10:00"), utc("2026-01-09T10:00:01")]


def test_a_person_gets_the_first_opening_after_the_lead_time() -> None:
    assert next_fitting(schedule(), utc("2026-01-07T12:00")) == utc("2026-01-19T09:00")
    frozen = schedule(audit("2026-01-18T00:00", "2026-01-21T11:00"))
    assert next_fitting(frozen, utc("2026-01-07T12:00")) == utc("2026-01-21T11:00")
    soon = schedule(lead=Lead(rest=timedelta(hours=1)))
    assert next_fitting(soon, utc("2026-01-07T09:30")) == utc("2026-01-07T10:30")


@given(offset=st.integers(0, 400 * 24), grace=st.integers(0, 20))
def test_stepping_from_run_to_run_skips_none_and_repeats_none(offset: int, grace: int) -> None:
    """Whenever the scheduler looks, the run after the last one is the next Day 0 of the list."""
    now = utc("2026-01-01") + timedelta(hours=offset)
    plan = schedule(audit("2026-03-01T00:00", "2026-03-05T00:00"))
    listed = starts(plan, utc("2026-01-01"), utc("2028-01-01"))
    first = next_start(plan, now, grace=grace * DAY)
    assert first is not None
    position = listed.index(first)
    assert first.start > now or now - first.start <= grace * DAY
    following = next_start(plan, now, last=first.day_zero.instant, grace=grace * DAY)
    assert following is not None
    if first.start > now or listed[position + 1].start > now:
        assert following == listed[position + 1]
