"""Reminders and expiry count a person's own working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.windows import Span, parse_windows
from windlass.decisions.working_hours import (
    WorkingHours,
    after_working,
    is_working,
    next_working,
    worked_between,
)

MIA = WorkingHours(parse_windows("mon-fri 09:00-17:00", "Europe/Zurich"))
FRIDAY_16 = datetime(2026, 1, 16, 15, tzinfo=UTC)


def test_two_hours_from_friday_at_four_end_on_monday_at_ten() -> None:
    assert after_working(MIA, FRIDAY_16, timedelta(hours=2)) == datetime(2026, 1, 19, 9, tzinfo=UTC)


def test_a_day_off_and_an_absence_are_not_counted() -> None:
    away = Span(datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 22, tzinfo=UTC))
    mia = WorkingHours(MIA.windows, off=(date(2026, 1, 19),), away=(away,))
    assert after_working(mia, FRIDAY_16, timedelta(hours=2)) == datetime(2026, 1, 22, 9, tzinfo=UTC)
    assert not is_working(mia, datetime(2026, 1, 19, 12, tzinfo=UTC))
    assert is_working(MIA, datetime(2026, 1, 19, 12, tzinfo=UTC))


def test_next_working_is_now_while_working() -> None:
    assert next_working(MIA, FRIDAY_16) == FRIDAY_16
    saturday = datetime(2026, 1, 17, tzinfo=UTC)
    assert next_working(MIA, saturday) == datetime(2026, 1, 19, 8, tzinfo=UTC)


def test_somebody_who_never_works_never_gets_there() -> None:
    gone = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    nobody = WorkingHours(MIA.windows, away=(gone,))
    assert after_working(nobody, FRIDAY_16, timedelta(hours=1)) is None
    assert next_working(nobody, FRIDAY_16) is None


def test_without_hours_every_hour_counts() -> None:
    assert after_working(WorkingHours(), FRIDAY_16, timedelta(hours=30)) == FRIDAY_16 + timedelta(
        hours=30
    )


def test_an_hour_lost_to_daylight_saving_is_not_worked() -> None:
    night = WorkingHours(parse_windows("sun 00:00-08:00", "Europe/Zurich"))
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert worked_between(night, start, start + timedelta(days=2)) == timedelta(hours=7)


@given(minutes=st.integers(0, 6000), offset=st.integers(0, 20000))
def test_the_time_worked_until_then_is_what_was_asked_for(minutes: int, offset: int) -> None:
    start = FRIDAY_16 + timedelta(minutes=offset)
    work = timedelta(minutes=minutes)
    end = after_working(MIA, start, work)
    assert end is not None
    assert worked_between(MIA, start, end) == work
