"""Forecasts are kept beside what happened, and the product's calibration is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.tasks.test_whole_release import QUICK, ready
from tests.tasks.world import World
from windlass.decisions.forecast_calibration import calibration
from windlass.decisions.verdict import Outcome
from windlass.ledger.views.report import _forecasts
from windlass.plan.forecasts import MET, past_forecasts
from windlass.tasks.forecasting import reached
from windlass.tasks.verbs import postpone

ROWS = (
    "planning.timeline",
    "validation.cut",
    "validation.candidate",
    "execution.open",
    "execution.production.window",
    "execution.production.step",
)


async def test_what_was_forecast_is_written_beside_what_came_of_it(make: Any) -> None:
    world = make(QUICK)
    ready(world)
    release = world.open(rows=ROWS)
    await world.run(release)
    (made,) = world.events(release, "forecast.made")
    (met,) = world.events(release, MET)
    named = {one["milestone"] for one in met["milestones"]}
    assert named == {"planned", "validated", "production", "released"}
    came = reached(release)
    for one in met["milestones"]:
        assert one["p50"] == made["milestones"][one["milestone"]]["p50"]
        assert one["actual"] == came[one["milestone"]].isoformat()
    assert came["production"] >= release.view.day_0
    lines = _forecasts(release.view)
    assert len(lines) == len(named)
    assert any(line.startswith("production 2026-03-10 10:00 UTC, ") for line in lines)
    (record,) = past_forecasts(world.ledger.select((MET,), product="shop"))[-1:]
    assert record.actual == came[record.milestone]


async def test_a_new_day_0_is_forecast_anew_and_that_forecast_counts(world: World) -> None:
    release = world.open(rows=("planning.timeline",))
    await world.do(release, "planning.timeline")
    at = world.clock.at + timedelta(days=20)
    await postpone(release, by="mia", reason="the fair", to=at)
    first, second = world.events(release, "forecast.made")
    assert second["milestones"]["planned"]["p50"] >= first["milestones"]["planned"]["p50"]
    assert release.view.forecast is not None
    assert release.view.forecast["milestones"] == second["milestones"]


def test_before_ten_milestones_nothing_is_said_of_the_forecasts(world: World) -> None:
    told = calibration(past_forecasts(world.ledger.select((MET,), product="shop")))
    assert told.outcome is Outcome.NO_DATA
