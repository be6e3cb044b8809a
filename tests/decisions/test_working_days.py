"""Cut-offs and watches count working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.windows import Calendar, Holiday, Scope, ScopePattern, zone_named
from windlass.decisions.working_days import (
    WorkingDays,
    cut_off,
    watch_after,
    working_days_of,
)
from windlass.errors import InputError

ZURICH = zone_named("Europe/Zurich")
TUESDAY = datetime(2026, 1, 20, 9, tzinfo=UTC)


def test_three_working_days_before_a_tuesday_is_the_thursday() -> None:
    assert cut_off(TUESDAY, 3, ZURICH, WorkingDays()) == datetime(2026, 1, 15, 9, tzinfo=UTC)


def test_a_holiday_pushes_the_cut_off_back_and_may_name_its_own_hour() -> None:
    days = WorkingDays(off=frozenset({date(2026, 1, 19)}))
    found = cut_off(TUESDAY, 3, ZURICH, days, time(18))
    assert found == datetime(2026, 1, 14, 17, tzinfo=UTC)


def test_a_cut_off_of_no_days_is_not_after_day_zero() -> None:
    assert cut_off(TUESDAY, 0, ZURICH, WorkingDays(), time(18)) == TUESDAY
    with pytest.raises(InputError, match="before Day 0"):
        cut_off(TUESDAY, -1, ZURICH, WorkingDays())


def test_holidays_of_another_region_are_worked() -> None:
    holiday = Holiday("MLK", date(2026, 1, 19), ScopePattern(regions=("us-*",)))
    calendar = Calendar(holidays=(holiday,))
    assert working_days_of(calendar, Scope("p", "e", "eu-west")).worked(date(2026, 1, 19))
    assert not working_days_of(calendar, Scope("p", "e", "us-east")).worked(date(2026, 1, 19))


@given(
    day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    count=st.integers(1, 30),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)
def test_forward_and_back_again_is_the_same_working_day(
    day: date, count: int, weekdays: tuple[int, ...]
) -> None:
    days = WorkingDays(weekdays)
    there = days.shifted(day, count)
    assert days.worked(there)
    between = sum(
        days.worked(date.fromordinal(n)) for n in range(day.toordinal() + 1, there.toordinal() + 1)
    )
    assert between == count
    assert days.shifted(days.shifted(there, -count), count) == there


def test_a_calendar_without_working_days_is_an_error_not_an_endless_loop() -> None:
    off = frozenset(date.fromordinal(n) for n in range(739000, 741000))
    with pytest.raises(InputError, match="no working day"):
        WorkingDays(off=off).shifted(date.fromordinal(739500), 1)


def test_a_watch_over_a_weekend_needs_a_watcher_or_moves_past_it() -> None:
    thursday = datetime(2026, 1, 22, 9, tzinfo=UTC)
    plain = watch_after(thursday, 3, ZURICH, WorkingDays(), only_worked=False)
    assert plain.end == datetime(2026, 1, 25, 9, tzinfo=UTC)
    assert plain.days_off == (date(2026, 1, 24), date(2026, 1, 25))
    assert plain.needs_watcher
    moved = watch_after(thursday, 3, ZURICH, WorkingDays(), only_worked=True)
    assert moved.end == datetime(2026, 1, 27, 9, tzinfo=UTC)
    calm = watch_after(
        datetime(2026, 1, 19, 9, tzinfo=UTC), 3, ZURICH, WorkingDays(), only_worked=False
    )
    assert not calm.needs_watcher
