"""Cadences, hours and places as the files say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from windlass.decisions.cadence import AnyOf, Dates, EveryWeeks, Lead, MonthRule
from windlass.decisions.working_days import WorkingDays
from windlass.plan.calendars import years_around
from windlass.plan.schedules import Place, cadence_of, lead_of, schedule_at
from windlass.spec.cadence import Cadence
from windlass.spec.calendar import Calendar
from windlass.spec.scalars import parse_period


def declared(**rest: object) -> Cadence:
    return Cadence.model_validate({"at": "10:00", "zone": "Europe/Zurich", **rest})


@pytest.mark.parametrize(
    "rest,rule",
    [
        ({"every": "week", "on": ["tue", "thu"]}, EveryWeeks(1, (1, 3), date(2020, 1, 6))),
        (
            {"every": "2 weeks", "on": "tue", "anchor": "2026-01-06"},
            EveryWeeks(2, (1,), date(2026, 1, 6)),
        ),
        ({"every": "month", "on": "third tue"}, MonthRule(3, "weekday", 1)),
        (
            {"every": "3 months", "on": "third tue", "anchor": "2026-02-01"},
            MonthRule(3, "weekday", 1, 3, date(2026, 2, 1)),
        ),
        (
            {"every": "month", "on": ["first tue", "third tue"]},
            AnyOf((MonthRule(1, "weekday", 1), MonthRule(3, "weekday", 1))),
        ),
        ({"dates": ["2026-03-01", "2026-02-01"]}, Dates((date(2026, 2, 1), date(2026, 3, 1)))),
    ],
)
def test_every_cadence_that_a_file_may_hold_has_its_rule(
    rest: dict[str, object], rule: object
) -> None:
    cadence = cadence_of(declared(**rest))
    assert cadence.rule == rule
    assert (cadence.at, cadence.zone) == (600, "Europe/Zurich")


def test_every_quarter_on_the_third_tuesday_is_what_rfc_5545_says() -> None:
    """Octopus #9173: a rule such as "third Saturday" could not be said, let alone each quarter."""
    cadence = cadence_of(declared(every="3 months", on="third tue", anchor="2026-02-01"))
    days = list(cadence.rule.dates(date(2026, 1, 1), date(2028, 1, 1), WorkingDays()))
    rule = rrulestr("FREQ=MONTHLY;INTERVAL=3;BYDAY=3TU", dtstart=datetime(2026, 2, 1))  # noqa: DTZ001
    assert days == [at.date() for at in rule.between(datetime(2026, 1, 1), datetime(2028, 1, 1))]  # noqa: DTZ001


@pytest.mark.parametrize("every", ["3 months", "2 weeks"])
def test_a_rhythm_of_several_needs_the_first_one(every: str) -> None:
    on = "third tue" if "month" in every else "tue"
    with pytest.raises(ValueError, match=f"every: {every} needs anchor"):
        declared(every=every, on=on)


@pytest.mark.parametrize(
    "text,lead",
    [
        ("10 days", Lead(10)),
        ("2 weeks", Lead(14)),
        ("5 working days", Lead(5, working=True)),
        ("36 h", Lead(1, timedelta(hours=12))),
        ("20 s", Lead(0, timedelta(seconds=20))),
    ],
)
def test_a_period_is_days_on_the_wall_clock_and_a_rest_on_the_stopwatch(
    text: str, lead: Lead
) -> None:
    assert lead_of(parse_period(text)) == lead


def test_a_place_without_hours_takes_the_calendars_and_leads_count_its_working_days() -> None:
    calendar = Calendar.model_validate(
        {"calendar": "company", "working": "sun-thu 09:00-17:00", "windows": "sun-wed 09:00-16:00"}
    )
    place = Place("shop", "production", None, "UTC", None, ("production",))
    schedule = schedule_at(
        place,
        declared(every="week", on="sun"),
        calendar,
        parse_period("1 working day"),
        years_around(calendar, datetime(2026, 5, 4, tzinfo=UTC)),
    )
    assert [str(window) for window in schedule.rules.hours()] == ["mon-wed,sun 09:00-16:00 UTC"]
    assert schedule.weekdays == (0, 1, 2, 3, 6)
    sunday = datetime(2026, 5, 10, 8, tzinfo=UTC)
    thursday = schedule.lead.before(sunday, ZoneInfo("UTC"), schedule.working())
    assert thursday.date() == date(2026, 5, 7)
