"""Day 0: the cadence after the calendar had its say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from windlass.decisions.cadence import (
    Cadence,
    ClosedPolicy,
    Dates,
    EveryWeeks,
    day_zeros,
    parse_month_rule,
    planned_day_zeros,
)
from windlass.decisions.windows import (
    Calendar,
    Freeze,
    Holiday,
    LocalWindow,
    Rules,
    Scope,
    parse_windows,
)

SPRINTS = Cadence(EveryWeeks(2, (1,), date(2026, 1, 6)), 600, "Europe/Zurich")
HOURS = parse_windows("mon-thu 10:00-16:00", "Europe/Zurich")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(found: list[datetime]) -> list[str]:
    return [f"{instant:%m-%d %H:%M}" for instant in found]


def freeze(start: str, end: str) -> Freeze:
    return Freeze("audit", utc(start), utc(end), reason="audit", owner="mia")


def planned(
    calendar: Calendar,
    policy: ClosedPolicy,
    cadence: Cadence = SPRINTS,
    windows: tuple[LocalWindow, ...] = HOURS,
) -> list[tuple[str, bool]]:
    rules = Rules(calendar, Scope("storefront"), windows)
    zeros = planned_day_zeros(cadence, rules, utc("2026-01-01"), utc("2026-02-10"), policy)
    return [(f"{zero.instant:%m-%d %H:%M}", zero.skipped) for zero in zeros]


def test_a_cadence_keeps_its_wall_time_over_daylight_saving() -> None:
    zeros = day_zeros(SPRINTS, Calendar(), utc("2026-03-10"), utc("2026-04-20"))
    assert local([zero.instant for zero in zeros]) == ["03-17 09:00", "03-31 08:00", "04-14 08:00"]
    assert zeros[0].reason == "every 2 weeks on tue at 10:00 Europe/Zurich"


def test_nothing_falls_before_the_anchor() -> None:
    zeros = day_zeros(SPRINTS, Calendar(), utc("2025-06-01"), utc("2026-01-21"))
    assert local([zero.instant for zero in zeros]) == ["01-06 09:00", "01-20 09:00"]


@pytest.mark.parametrize(
    "policy,expected",
    [
        (
            ClosedPolicy.SKIP,
            [("01-06 09:00", False), ("01-20 09:00", True), ("02-03 09:00", False)],
        ),
        (
            ClosedPolicy.NEXT,
            [("01-06 09:00", False), ("01-22 09:00", False), ("02-03 09:00", False)],
        ),
        (
            ClosedPolicy.EARLIER,
            [("01-06 09:00", False), ("01-15 09:00", False), ("02-03 09:00", False)],
        ),
    ],
)
def test_a_closed_day_zero_is_skipped_moved_on_or_moved_earlier(
    policy: ClosedPolicy, expected: list[tuple[str, bool]]
) -> None:
    assert planned(Calendar((freeze("2026-01-16T00:00", "2026-01-22T00:00"),)), policy) == expected


def test_the_reason_is_kept_with_where_it_was_moved_from() -> None:
    calendar = Calendar((freeze("2026-01-20T00:00", "2026-01-21T00:00"),))
    zeros = day_zeros(SPRINTS, calendar, utc("2026-01-10"), utc("2026-01-30"), windows=HOURS)
    (zero,) = zeros
    assert zero.moved_from == utc("2026-01-20T09:00")
    assert (
        zero.reason == "moved to the next opening: freeze audit (audit) until 2026-01-21 00:00 UTC"
    )


def test_a_freeze_that_ends_at_midnight_gives_the_usual_hour_not_midnight() -> None:
    calendar = Calendar((freeze("2026-01-19T23:00", "2026-01-21T23:00"),))
    assert planned(calendar, ClosedPolicy.NEXT, windows=())[1] == ("01-22 09:00", False)


def test_a_freeze_that_ends_on_the_day_gives_that_days_first_opening() -> None:
    calendar = Calendar((freeze("2026-01-20T00:00", "2026-01-20T12:00"),))
    assert planned(calendar, ClosedPolicy.NEXT)[1] == ("01-20 12:00", False)


def test_a_day_zero_never_moves_onto_its_neighbour() -> None:
    calendar = Calendar((freeze("2026-01-08T00:00", "2026-02-03T12:00"),))
    assert planned(calendar, ClosedPolicy.NEXT)[1] == ("01-20 09:00", True)
    calendar = Calendar((freeze("2026-01-05T00:00", "2026-01-22T00:00"),))
    assert planned(calendar, ClosedPolicy.EARLIER)[1] == ("01-20 09:00", True)


def test_a_freeze_deleted_after_it_moved_a_release_gives_the_old_day_zero_back() -> None:
    """Digital.ai: the postponed date outlived the blackout that caused it."""
    moved = planned(Calendar((freeze("2026-01-20T00:00", "2026-01-21T00:00"),)), ClosedPolicy.NEXT)
    again = planned(Calendar(), ClosedPolicy.NEXT)
    assert moved[1] == ("01-21 09:00", False)
    assert again[1] == ("01-20 09:00", False)


def test_a_holiday_moves_day_zero_too() -> None:
    calendar = Calendar(holidays=(Holiday("Epiphany", date(2026, 1, 6)),))
    assert planned(calendar, ClosedPolicy.NEXT)[0] == ("01-07 09:00", False)


def test_the_hour_outside_business_hours_opens_with_them() -> None:
    early = Cadence(SPRINTS.rule, 6 * 60, "Europe/Zurich")
    assert planned(Calendar(), ClosedPolicy.NEXT, early)[0] == ("01-06 09:00", False)
    late = Cadence(SPRINTS.rule, 18 * 60, "Europe/Zurich")
    assert planned(Calendar(), ClosedPolicy.EARLIER, late)[0] == ("01-06 09:00", False)


def test_several_weekdays_of_one_sprint_stay_apart() -> None:
    twice = Cadence(EveryWeeks(2, (1, 3), date(2026, 1, 6)), 600, "Europe/Zurich")
    calendar = Calendar((freeze("2026-01-20T00:00", "2026-01-21T00:00"),))
    assert [day for day, _ in planned(calendar, ClosedPolicy.NEXT, twice)] == [
        "01-06 09:00", "01-08 09:00", "01-21 09:00", "01-22 09:00", "02-03 09:00", "02-05 09:00",
    ]  # fmt: skip


def test_a_day_zero_moved_into_the_range_from_outside_is_found() -> None:
    calendar = Calendar((freeze("2026-01-20T00:00", "2026-01-22T00:00"),))
    zeros = day_zeros(SPRINTS, calendar, utc("2026-01-21"), utc("2026-01-29"), windows=HOURS)
    assert local([zero.instant for zero in zeros]) == ["01-22 09:00"]


def test_a_cadence_that_never_meets_a_window_is_all_skipped_with_the_reason() -> None:
    weekend = parse_windows("sat 10:00-16:00", "Europe/Zurich")
    rules = Rules(Calendar(), Scope("storefront"), weekend)
    zeros = planned_day_zeros(
        SPRINTS, rules, utc("2026-01-01"), utc("2026-03-01"), ClosedPolicy.SKIP
    )
    assert all(zero.skipped for zero in zeros)
    assert zeros[0].reason == "skipped: outside sat 10:00-16:00 Europe/Zurich"


def test_third_saturday_is_the_third_saturday_and_not_that_of_the_third_week() -> None:
    """Octopus #9173: August 2026 begins on a Saturday, so its third one is the 15th."""
    cadence = Cadence(parse_month_rule("third saturday"), 600, "UTC")
    zeros = day_zeros(cadence, Calendar(), utc("2026-08-01"), utc("2026-11-01"))
    assert local([zero.instant for zero in zeros]) == ["08-15 10:00", "09-19 10:00", "10-17 10:00"]


def test_past_the_worked_out_horizon_no_day_zero_is_promised() -> None:
    calendar = Calendar(known_until=utc("2026-01-13"))
    assert planned(calendar, ClosedPolicy.NEXT) == [
        ("01-06 09:00", False),
        ("01-20 09:00", True),
        ("02-03 09:00", True),
    ]


def test_listed_dates_are_sorted_and_deduplicated() -> None:
    days = (date(2026, 2, 1), date(2026, 1, 15), date(2026, 2, 1))
    zeros = day_zeros(
        Cadence(Dates(days), 600, "UTC"), Calendar(), utc("2026-01-01"), utc("2027-01-01")
    )
    assert local([zero.instant for zero in zeros]) == ["01-15 10:00", "02-01 10:00"]


def test_a_day_zero_in_the_skipped_hour_is_when_the_clock_jumps() -> None:
    cadence = Cadence(Dates((date(2026, 3, 29),)), 150, "Europe/Zurich")
    (zero,) = day_zeros(cadence, Calendar(), utc("2026-01-01"), utc("2027-01-01"))
    assert zero.instant == utc("2026-03-29T01:00")
