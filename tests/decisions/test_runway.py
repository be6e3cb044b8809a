"""The time left against the work left, and how good forecasts were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.forecast_calibration import Predicted, calibration
from windlass.decisions.runway import in_words, latest_start, runway
from windlass.decisions.verdict import Outcome
from windlass.decisions.windows import Calendar, Freeze, Scope, parse_windows, state_at

FREEZE = Freeze(
    "year end", datetime(2026, 12, 18, 15, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)
)
CALENDAR, SHOP = Calendar((FREEZE,)), Scope("storefront", "production")
HOURS = parse_windows("mon-fri 10:00-16:00", "UTC")
FRIDAY = datetime(2026, 12, 18, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours,outcome,reason",
    [
        (5.0, Outcome.PASS, "needs 5 h (P90) of the 5 h before freeze year end"),
        (5.01, Outcome.FAIL, "but only 5 h are left before freeze year end"),
        (None, Outcome.INCONCLUSIVE, "nobody knows what is needed"),
    ],
)
def test_work_fits_up_to_the_very_end_of_the_window(
    hours: float | None, outcome: Outcome, reason: str
) -> None:
    needed = None if hours is None else timedelta(hours=hours)
    verdict = runway(state_at(FRIDAY, CALENDAR, SHOP, HOURS), needed)
    assert verdict.outcome is outcome
    assert reason in verdict.reasons[0]
    assert verdict.figures["left_seconds"] == 5 * 3600


def test_a_closed_window_has_no_runway() -> None:
    verdict = runway(state_at(FREEZE.start, CALENDAR, SHOP, HOURS), timedelta(0))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reasons[0].startswith("closed: freeze year end")


def test_a_whole_release_is_measured_against_the_freeze_and_not_against_the_night() -> None:
    monday = datetime(2026, 12, 14, 10, tzinfo=UTC)
    tonight = runway(state_at(monday, CALENDAR, SHOP, HOURS), timedelta(days=3))
    to_the_freeze = runway(state_at(monday, CALENDAR, SHOP, ()), timedelta(days=3))
    assert tonight.outcome is Outcome.FAIL
    assert to_the_freeze.passed


def test_without_any_close_everything_fits() -> None:
    assert runway(state_at(FRIDAY, Calendar(), SHOP, ()), timedelta(days=900)).passed
    assert latest_start(FREEZE.start, timedelta(hours=2)) == FREEZE.start - timedelta(hours=2)


@pytest.mark.parametrize(
    "seconds,words",
    [(0, "no time"), (40, "40 s"), (7500, "2 h 5 min"), (273600, "3 d 4 h"), (90061, "1 d 1 h")],
)
def test_lengths_are_said_in_two_parts(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def history(lateness: list[float]) -> list[Predicted]:
    return [
        Predicted("production", FRIDAY, FRIDAY + timedelta(hours=9), FRIDAY + timedelta(hours=late))
        for late in lateness
    ]


def test_forecasts_that_hold_half_and_nine_times_of_ten_are_calibrated() -> None:
    verdict = calibration(history([-3, -2, -2, -1, 0, 1, 3, 5, 8, 20]))
    assert verdict.passed
    assert verdict.figures["by_p50"] == 0.5
    assert verdict.figures["by_p90"] == 0.9


def test_forecasts_that_are_always_too_early_say_by_how_much() -> None:
    verdict = calibration(history([5.0] * 5 + [12.0] * 5))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reasons == (
        "0% finished by P50, 50% should have",
        "50% finished by P90, 90% should have",
    )
    assert verdict.figures["late_hours"] == 8.5


def test_a_handful_of_releases_says_nothing_about_the_forecasts() -> None:
    assert calibration(history([1.0] * 9)).outcome is Outcome.NO_DATA
