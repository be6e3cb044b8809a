"""The dates a cadence names, against dateutil's own reading of RFC 5545."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.cadence import (
    AnyOf,
    Cadence,
    Dates,
    EveryWeeks,
    Lead,
    MonthRule,
    parse_month_rule,
    parse_weeks,
)
from windlass.decisions.windows import zone_named
from windlass.decisions.working_days import WorkingDays
from windlass.errors import InputError

DATES = st.dates(date(2020, 1, 1), date(2035, 12, 31))
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


def naive(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


@given(every=st.integers(1, 8), weekdays=WEEKDAYS, anchor=DATES, first=DATES)
def test_every_n_weeks_is_what_rfc_5545_says(
    every: int, weekdays: tuple[int, ...], anchor: date, first: date
) -> None:
    last = first + timedelta(days=400)
    mine = list(EveryWeeks(every, weekdays, anchor).dates(first, last, WorkingDays()))
    rule = rrule(WEEKLY, interval=every, byweekday=weekdays, wkst=0, dtstart=naive(anchor))
    theirs = rule.between(naive(first), naive(last), inc=True)
    assert mine == [found.date() for found in theirs]


@given(nth=st.sampled_from((1, 2, 3, 4, 5, -1, -2)), day=st.integers(0, 6), first=DATES)
def test_the_nth_weekday_of_a_month_is_what_rfc_5545_says(nth: int, day: int, first: date) -> None:
    last = first + timedelta(days=400)
    mine = list(MonthRule(nth, "weekday", day).dates(first, last, WorkingDays()))
    rule = rrule(MONTHLY, byweekday=weekday(day)(nth), dtstart=datetime(2019, 1, 1))  # noqa: DTZ001
    assert mine == [d.date() for d in rule.between(naive(first), naive(last), inc=True)]


@given(nth=st.sampled_from((1, 15, 28, 29, 30, 31, -1, -31)), first=DATES)
def test_a_day_of_the_month_that_is_missing_does_not_slide(nth: int, first: date) -> None:
    last = first + timedelta(days=400)
    mine = list(MonthRule(nth, "day").dates(first, last, WorkingDays()))
    rule = rrule(MONTHLY, bymonthday=nth, dtstart=datetime(2019, 1, 1))  # noqa: DTZ001
    assert mine == [d.date() for d in rule.between(naive(first), naive(last), inc=True)]


def test_working_days_of_a_month_leave_holidays_out() -> None:
    working = WorkingDays(off=frozenset({date(2026, 1, 1), date(2026, 1, 2)}))
    first = list(
        parse_month_rule("first working day").dates(date(2026, 1, 1), date(2026, 1, 31), working)
    )
    assert first == [date(2026, 1, 5)]


@given(every=st.integers(2, 7), anchor=DATES, first=DATES)
def test_every_few_months_is_what_rfc_5545_says(every: int, anchor: date, first: date) -> None:
    last = first + timedelta(days=800)
    rule = MonthRule(3, "weekday", 1, every, anchor)
    mine = list(rule.dates(first, last, WorkingDays()))
    theirs = rrule(MONTHLY, interval=every, byweekday=weekday(1)(3), dtstart=naive(anchor))
    assert mine == [d.date() for d in theirs.between(naive(first), naive(last), inc=True)]


def test_several_month_rules_are_one_cadence() -> None:
    rule = AnyOf((parse_month_rule("first tue"), parse_month_rule("third tue")))
    found = list(rule.dates(date(2026, 1, 1), date(2026, 2, 28), WorkingDays()))
    assert found == [date(2026, 1, 6), date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 17)]
    assert str(rule) == "the first Tuesday of the month and the third Tuesday of the month"


@pytest.mark.parametrize(
    "text,rule",
    [
        ("third tuesday", MonthRule(3, "weekday", 1)),
        ("last fri of the month", MonthRule(-1, "weekday", 4)),
        ("2nd working day", MonthRule(2, "working_day")),
        ("last day", MonthRule(-1, "day")),
        ("day 15", MonthRule(15, "day")),
    ],
)
def test_month_rules_are_read_as_people_write_them(text: str, rule: MonthRule) -> None:
    assert parse_month_rule(text) == rule


@pytest.mark.parametrize("text", ["", "sixth tuesday", "third", "tuesday", "third tuesdy", "day x"])
def test_a_month_rule_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not understood; write 'third tuesday'"):
        parse_month_rule(text)


def test_weeks_are_read_and_refused() -> None:
    assert (parse_weeks("2 weeks"), parse_weeks("week"), parse_weeks("1 week")) == (2, 1, 1)
    for text in ("0 weeks", "2 months", "weekly"):
        with pytest.raises(InputError):
            parse_weeks(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: EveryWeeks(0, (1,), date(2026, 1, 6)),
        lambda: EveryWeeks(1, (), date(2026, 1, 6)),
        lambda: MonthRule(0, "day"),
        lambda: MonthRule(6, "weekday", 1),
        lambda: MonthRule(1, "weekday"),
        lambda: MonthRule(1, "day", 3),
        lambda: MonthRule(1, "day", every=2),
        lambda: AnyOf(()),
        lambda: Dates(()),
        lambda: Cadence(Dates((date(2026, 1, 1),)), 1440, "UTC"),
        lambda: Cadence(Dates((date(2026, 1, 1),)), 0, "Mars/Olympus"),
        lambda: Lead(days=-1),
    ],
)
def test_an_impossible_cadence_cannot_exist(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator] # a table of calls


def test_a_lead_of_days_keeps_the_hour_and_one_of_hours_counts_them() -> None:
    zone = zone_named("Europe/Zurich")
    day_zero = datetime(2026, 3, 31, 8, tzinfo=UTC)
    assert Lead(days=10).before(day_zero, zone) == datetime(2026, 3, 21, 9, tzinfo=UTC)
    assert Lead(rest=timedelta(hours=240)).before(day_zero, zone) == datetime(
        2026, 3, 21, 8, tzinfo=UTC
    )
    working = Lead(days=3, working=True)
    assert working.before(day_zero, zone) == datetime(2026, 3, 26, 9, tzinfo=UTC)
    assert working.after(datetime(2026, 3, 26, 9, tzinfo=UTC), zone) == day_zero
    assert [str(lead) for lead in (Lead(1), working, Lead(rest=timedelta(hours=4)), Lead())] == [
        "1 day", "3 working days", "4 h", "no time",
    ]  # fmt: skip
