"""One conversion from wall clocks to instants."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from windlass.decisions.windows.wallclock import at_minute, instant_of, zone_named


@pytest.mark.parametrize(
    "zone,wall,last,instant",
    [
        ("Europe/Zurich", "2026-01-06T10:00", False, "2026-01-06T09:00"),
        ("Europe/Zurich", "2026-03-29T02:00", False, "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-03-29T02:59", False, "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-03-29T03:00", False, "2026-03-29T01:00"),
        ("Europe/Zurich", "2026-10-25T02:00", False, "2026-10-25T00:00"),
        ("Europe/Zurich", "2026-10-25T02:00", True, "2026-10-25T01:00"),
        ("Europe/Zurich", "2026-10-25T03:00", True, "2026-10-25T02:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", False, "2026-10-03T15:30"),
        ("America/Santiago", "2026-09-06T00:00", False, "2026-09-06T04:00"),
        ("Asia/Kathmandu", "2026-01-01T00:00", False, "2025-12-31T18:15"),
    ],
)
def test_a_wall_time_becomes_its_instant(zone: str, wall: str, last: bool, instant: str) -> None:
    found = instant_of(datetime.fromisoformat(wall), zone_named(zone), last=last)
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_a_wall_time_that_says_which_pass_it_means_is_still_asked_for_first_or_last() -> None:
    wall = datetime(2026, 10, 25, 2, 30, fold=1)  # noqa: DTZ001
    zone = zone_named("Europe/Zurich")
    assert instant_of(wall, zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant_of(wall, zone, last=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_minutes_past_midnight_may_run_into_the_next_day() -> None:
    zone = zone_named("Europe/Dublin")
    assert at_minute(date(2026, 3, 28), 26 * 60, zone) == datetime(2026, 3, 29, 1, tzinfo=UTC)
