"""Declared calendars worked out: recurrences, holidays, scopes, bad files."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.windows import Scope, state_at
from windlass.errors import InputError
from windlass.plan.calendars import beginnings, expand, years_around
from windlass.spec.calendar import Calendar

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
SHOP = Scope("storefront", "production", "eu-west", "Europe/Zurich")


def declared(*freezes: dict[str, Any], **rest: object) -> Calendar:
    full = [{"name": "f", "reason": "r", "owner": "o", **freeze} for freeze in freezes]
    return Calendar.model_validate(
        {"calendar": "company", "zone": "Europe/Zurich", "freezes": full, **rest}
    )


def spans(calendar: Calendar) -> list[str]:
    found = expand(calendar, START, END)
    return [f"{f.start:%m-%d %H:%M} {f.end:%m-%d %H:%M}" for f in found.freezes]


def test_an_all_day_freeze_includes_its_last_day_in_the_calendars_zone() -> None:
    calendar = declared({"from": date(2026, 12, 19), "until": date(2027, 1, 4)})
    assert spans(calendar) == ["12-18 23:00 01-04 23:00"]


def test_a_calendar_read_back_from_frozen_json_keeps_its_last_day() -> None:
    calendar = declared({"from": date(2026, 12, 19), "until": date(2027, 1, 4)})
    frozen = json.loads(calendar.model_dump_json())
    assert spans(Calendar.model_validate(frozen)) == ["12-18 23:00 01-04 23:00"]
    assert Calendar.model_validate(frozen) == calendar


def test_a_freeze_with_hours_is_wall_clock_and_one_with_a_zone_is_that_instant() -> None:
    wall = declared({"from": "2026-07-01T18:00:00", "until": "2026-07-02T08:00:00"})
    zoned = declared({"from": "2026-07-01T18:00:00+00:00", "until": "2026-07-02T08:00:00+00:00"})
    assert spans(wall) == ["07-01 16:00 07-02 06:00"]
    assert spans(zoned) == ["07-01 18:00 07-02 08:00"]


def test_a_recurring_freeze_keeps_its_wall_time_over_daylight_saving() -> None:
    calendar = declared(
        {
            "from": "2026-03-27T16:00:00",
            "lasts": "64 h",
            "repeat": "FREQ=WEEKLY;UNTIL=20260404T000000",
        }
    )
    assert spans(calendar) == ["03-27 15:00 03-30 06:00", "04-03 14:00 04-06 06:00"]


def test_a_recurring_freeze_that_began_before_the_horizon_is_in_force_at_its_start() -> None:
    calendar = declared(
        {"from": date(2020, 12, 20), "until": date(2021, 1, 10), "repeat": "FREQ=YEARLY"}
    )
    assert spans(calendar)[0] == "12-19 23:00 01-10 23:00"
    assert not state_at(START + timedelta(days=2), expand(calendar, START, END), SHOP, ()).open


def test_third_saturday_in_rrule_is_the_third_saturday() -> None:
    """Octopus #9173."""
    calendar = declared(
        {
            "from": date(2026, 1, 17),
            "until": date(2026, 1, 17),
            "repeat": "FREQ=MONTHLY;BYDAY=3SA;UNTIL=20260901T000000",
        }
    )
    days = [f.start + timedelta(hours=12) for f in expand(calendar, START, END).freezes]
    assert [day.day for day in days] == [17, 21, 21, 18, 16, 20, 18, 15]


def test_no_environments_means_the_live_ones() -> None:
    calendar = declared({"from": date(2026, 5, 1), "until": date(2026, 5, 1)})
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    staging = Scope("storefront", "staging", None, "UTC")
    worked_out = expand(calendar, START, END, live=("production",))
    assert state_at(at, worked_out, staging, ()).open
    assert not state_at(at, worked_out, SHOP, ()).open
    assert not state_at(at, expand(calendar, START, END), staging, ()).open


def test_holidays_come_from_the_country_and_from_the_list() -> None:
    calendar = declared(
        holidays={
            "country": "CH",
            "subdivision": "ZH",
            "dates": {date(2026, 9, 14): "Knabenschiessen"},
        }
    )
    names = {h.day: h.name for h in expand(calendar, START, END).holidays}
    assert names[date(2026, 9, 14)] == "Knabenschiessen"
    assert date(2026, 8, 1) in names
    assert date(2027, 8, 1) in names


def test_hours_of_the_company_are_read_in_its_zone() -> None:
    found = expand(declared(windows="mon-thu 09:00-16:00"), START, END).windows
    assert [str(window) for window in found] == ["mon-thu 09:00-16:00 Europe/Zurich"]


@pytest.mark.parametrize(
    "calendar,complaint",
    [
        (
            declared(
                {"from": date(2026, 1, 1), "until": date(2026, 1, 1), "repeat": "FREQ=HOURLY"}
            ),
            "more often than daily",
        ),
        (declared({"from": "2026-01-01T10:00:00", "until": "2026-01-01T10:00:00"}), "ends at"),
        (declared(holidays={"country": "XX"}), "no holidays are known for XX"),
        (declared(holidays={"country": "CH", "subdivision": "QQ"}), "parts of CH: AG"),
    ],
)
def test_a_bad_calendar_is_refused_with_what_is_allowed(calendar: Calendar, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        expand(calendar, START, END)


def test_a_rule_that_never_happens_is_found_out_quickly() -> None:
    began = time.process_time()
    first, last = datetime(2026, 1, 1), datetime(2028, 1, 1)  # noqa: DTZ001
    assert beginnings("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", first, first, last) == []
    assert time.process_time() - began < 2


@given(
    rule=st.sampled_from(
        [
            "FREQ=DAILY;INTERVAL=3",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            "FREQ=MONTHLY;BYDAY=3SA",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
            "FREQ=YEARLY;BYEASTER=-2",
            "FREQ=WEEKLY;COUNT=7",
            "FREQ=WEEKLY;UNTIL=20270501T000000",
        ]
    ),
    begins=st.datetimes(datetime(2015, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
)
def test_occurrences_are_those_that_dateutil_lists(rule: str, begins: datetime) -> None:
    """The oracle enumerates the rule itself, without the move by whole cycles of 400 years."""
    begins = begins.replace(microsecond=0)
    first, last = datetime(2026, 1, 1), datetime(2028, 1, 1)  # noqa: DTZ001
    theirs = rrulestr(rule, dtstart=begins).between(first, last, inc=True)
    assert beginnings(rule, begins, first, last) == theirs


def test_a_year_ahead_stays_the_same_all_year() -> None:
    calendar = declared(holidays={"country": "CH"})
    early = years_around(calendar, datetime(2026, 1, 1, tzinfo=UTC))
    late = years_around(calendar, datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert early == late
    assert early.known_until == datetime(2030, 1, 1, tzinfo=UTC)
