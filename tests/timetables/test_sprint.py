"""The timetable by itself, with a clock that the test holds."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pendulum
import pytest
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
from airflow.utils.types import DagRunType

from windlass.decisions.windows import zone_named
from windlass.decisions.working_days import WorkingDays, cut_off
from windlass.timetables import SprintTimetable

pytestmark = pytest.mark.airflow
OFF = TimeRestriction(None, None, catchup=False)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def freeze(start: str, end: str, name: str = "audit") -> dict[str, Any]:
    return {"name": name, "from": start, "until": end, "reason": "audit", "owner": "mia"}


def timetable(*freezes: dict[str, Any], now: str = "2026-01-07", **rest: object) -> SprintTimetable:
    cadence = {
        "every": "2 weeks",
        "on": ["tue"],
        "at": "10:00",
        "zone": "Europe/Zurich",
        "anchor": "2026-01-06",
    }
    place = {
        "product": "storefront",
        "environment": "production",
        "region": "eu-west",
        "zone": "Europe/Dublin",
        "window": "mon-thu 08:00-16:00",
        "live": ["production"],
    }
    values: dict[str, Any] = {
        "place": place,
        "cadence": cadence,
        "calendar": {"calendar": "company", "zone": "Europe/Zurich", "freezes": list(freezes)},
        "lead": "10 days",
        "clock": lambda: utc(now),
    }
    return SprintTimetable(**(values | rest))


def next_of(table: SprintTimetable, last: DagRunInfo | None = None) -> DagRunInfo:
    info = table.next_dagrun_info_v2(last_dagrun_info=last, restriction=OFF)
    assert info is not None
    return info


def test_a_run_starts_before_day_zero_and_its_interval_ends_there() -> None:
    info = next_of(timetable())
    assert info.run_after == utc("2026-01-10T09:00")
    assert info.logical_date == info.run_after
    assert info.data_interval is not None
    assert info.data_interval.end == utc("2026-01-20T09:00")


def test_the_run_is_named_after_the_local_date_of_day_zero() -> None:
    table = timetable()
    info = next_of(table)
    made = table.generate_run_id(
        run_type=DagRunType.SCHEDULED, run_after=info.run_after, data_interval=info.data_interval
    )
    assert made == "release__2026-01-20"
    manual = table.generate_run_id(
        run_type=DagRunType.MANUAL, run_after=info.run_after, data_interval=info.data_interval
    )
    assert manual == "manual__2026-01-10T09:00:00+00:00"


def test_it_serializes_to_plain_json_and_back_without_churn() -> None:
    table = timetable(freeze("2026-12-19", "2027-01-04"))
    text = json.dumps(table.serialize(), sort_keys=True)
    again = SprintTimetable.deserialize(json.loads(text))
    assert json.dumps(again.serialize(), sort_keys=True) == text
    again.clock = table.clock
    assert next_of(again) == next_of(table)
    later = timetable(freeze("2026-12-19", "2027-01-04"), now="2027-08-01")
    next_of(later)
    assert json.dumps(later.serialize(), sort_keys=True) == text


def test_a_freeze_in_the_files_moves_the_next_run() -> None:
    moved = next_of(timetable(freeze("2026-01-19", "2026-01-21")))
    assert moved.run_after == utc("2026-01-12T09:00")
    assert moved.data_interval is not None
    assert moved.data_interval.end == utc("2026-01-22T09:00")


@pytest.mark.parametrize(
    "now,start",
    [("2026-01-10T10:00", "2026-01-10T09:00"), ("2026-01-11T10:00", "2026-01-24T09:00")],
)
def test_a_missed_tick_within_the_grace_still_fires(now: str, start: str) -> None:
    """DAG paused, scheduler down, file broken: every parse works the next run out again."""
    first = next_of(timetable(now="2026-01-01"), None)
    assert next_of(timetable(now=now), _interval("2025-12-27T09:00", "2026-01-06T09:00"))[0] == utc(
        start
    )
    assert first.run_after == utc("2026-01-10T09:00")


def _interval(start: str, end: str) -> DagRunInfo:
    interval = DataInterval(pendulum.instance(utc(start)), pendulum.instance(utc(end)))
    return DagRunInfo(interval.start, interval)


def test_catch_up_makes_every_run_between_two_dates_for_a_backfill() -> None:
    table = timetable(now="2027-01-01")
    restriction = TimeRestriction(
        pendulum.instance(utc("2026-03-01")), pendulum.instance(utc("2026-05-01")), catchup=True
    )
    found, info = [], None
    while info := table.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction):
        found.append(f"{info.run_after:%m-%d %H:%M}")
    assert found == ["03-07 09:00", "03-21 09:00", "04-04 08:00", "04-18 08:00"]


def test_airflows_calendar_page_shows_runs_even_when_lead_times_overlap() -> None:
    """The page passes the end of the last interval as its run_after and stops at earlier runs."""
    table = timetable(lead="20 days")
    interval = DataInterval(
        pendulum.instance(utc("2025-12-31T09:00")), pendulum.instance(utc("2026-01-20T09:00"))
    )
    from_the_page = DagRunInfo(run_after=interval.end, data_interval=interval)
    from_the_scheduler = DagRunInfo(run_after=interval.start, data_interval=interval)
    assert next_of(table, from_the_page).run_after == utc("2026-01-28T09:00")
    assert next_of(table, from_the_scheduler).run_after == utc("2026-01-14T09:00")


def test_a_person_who_starts_a_release_gets_the_first_opening_after_the_lead() -> None:
    interval = timetable().infer_manual_data_interval(
        run_after=pendulum.instance(utc("2026-01-06T18:00"))
    )
    assert interval.start == utc("2026-01-06T18:00")
    assert interval.end == utc("2026-01-19T08:00")


def test_nothing_before_the_start_date_and_nothing_after_the_end_date() -> None:
    table = timetable()
    late = TimeRestriction(pendulum.instance(utc("2026-06-01")), None, catchup=False)
    info = table.next_dagrun_info_v2(last_dagrun_info=None, restriction=late)
    assert info is not None
    assert info.run_after == utc("2026-06-13T08:00")
    ended = TimeRestriction(None, pendulum.instance(utc("2026-01-09")), catchup=False)
    assert table.next_dagrun_info_v2(last_dagrun_info=None, restriction=ended) is None


def test_a_cadence_of_dates_ends_with_its_last_date() -> None:
    table = timetable(cadence={"dates": ["2026-01-20"], "at": "10:00", "zone": "Europe/Zurich"})
    first = next_of(table)
    assert table.next_dagrun_info_v2(last_dagrun_info=first, restriction=OFF) is None
    assert table.summary == "Day 0 every 1 dates at 10:00 Europe/Zurich"


def test_a_calendar_that_cannot_be_worked_out_is_refused_at_parse() -> None:
    hourly = freeze("2026-01-01", "2026-01-01") | {"repeat": "FREQ=HOURLY"}
    with pytest.raises(AirflowTimetableInvalid, match="more often than daily"):
        timetable(hourly).validate()
    timetable().validate()


def test_a_year_of_sprints_makes_each_release_once_whatever_was_missed() -> None:
    """Three hours at a time, with the scheduler down for half a day now and then.

    Every Day 0 of the cadence gets its run, none twice, though a freeze comes and goes; and every
    commit of the year is in exactly one release, that of the first cut-off after it.
    """
    now = utc("2026-01-07")
    plain, frozen = timetable(), timetable(freeze("2026-06-01", "2026-06-10"))
    made: list[DagRunInfo] = []
    for step in range(365 * 8):
        now += timedelta(hours=3)
        table = frozen if 1000 < step < 1200 else plain
        table.clock = lambda now=now: now
        if step % 17 < 4:
            continue
        info = next_of(table, made[-1] if made else None)
        if info.run_after <= now:
            made.append(info)
    day_zeros = [info.data_interval.end for info in made if info.data_interval]
    sprints = [(day.date() - date(2026, 1, 20)).days / 14 for day in day_zeros]
    assert [round(sprint) for sprint in sprints] == list(range(26))
    assert [sprint for sprint in sprints if not sprint.is_integer()] == [10 + 2 / 14]

    zone = zone_named("Europe/Zurich")
    cuts = [cut_off(day, 3, zone, WorkingDays()) for day in day_zeros]
    first, commits = utc("2026-01-07"), timedelta(hours=7)
    releases = [0] * len(cuts)
    commit = first
    while commit <= cuts[-1]:
        holders = [
            index
            for index, cut in enumerate(cuts)
            if commit <= cut and (index == 0 or commit > cuts[index - 1])
        ]
        assert len(holders) == 1
        releases[holders[0]] += 1
        commit += commits
    assert sum(releases) == (cuts[-1] - first) // commits + 1
    assert min(releases[1:]) > 30
