"""What planning measures for the judge: noise on enough intervals, and what it could see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tasks.after import go
from tests.tasks.world import World
from windlass.tasks.execution.looking import metrics_of
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait

Make = Callable[..., World]
ROW = "planning.monitoring"


def reasons(result: Result) -> str:
    assert not isinstance(result, Wait)
    evidence = getattr(result, "evidence", {})
    return " · ".join([*evidence.get("reasons", ()), *getattr(result, "reasons", ())])


async def planned(world: World, kind: str = "minor", **inputs: Any) -> tuple[Release, Result]:
    release = world.open(kind, rows=(ROW,), **inputs)
    return release, await go(world, release, ROW)


async def test_noise_is_measured_on_thirty_intervals_of_the_judge(make: Make) -> None:
    """Both places side by side, so that it takes as long as for one."""
    world = make({"judge": {"baseline": "1 h", "interval": "10 s"}})
    began = world.clock.now()
    release, result = await planned(world)
    looks = release.view.looks[ROW]
    assert [sum(look["target"] == t for look in looks) for t in ("production/eu", "production/us")]
    assert len(looks) == 62
    assert 300 <= (world.clock.now() - began).total_seconds() <= 330
    assert result.evidence["intervals"] == {"errors": 30}
    assert "weaker" not in reasons(result)


async def test_less_room_than_that_is_said(make: Make) -> None:
    world = make({"judge": {"baseline": "1 min", "interval": "10 s"}})
    _, result = await planned(world)
    assert result.evidence["intervals"] == {"errors": 6}
    said = reasons(result)
    assert "noise was measured on 6 intervals, 30 are needed: weaker against bursts" in said
    assert "let judge.baseline be 300 s, or write judge.dispersion" in said


async def test_a_dispersion_that_is_written_needs_no_measuring(make: Make) -> None:
    world = make({"judge": {"baseline": "1 min", "dispersion": 2.0}})
    _, result = await planned(world)
    assert result.evidence["dispersion"] == {"errors": 2.0}
    assert "weaker" not in reasons(result)


async def test_measuring_takes_a_tenth_of_the_phase_at_most(make: Make) -> None:
    """An emergency has no quarter of an hour for it."""
    world = make({"judge": {"baseline": "1 h"}, "phases": {"planning": "10 min"}})
    began = world.clock.now()
    _, result = await planned(world)
    assert (world.clock.now() - began).total_seconds() <= 66
    assert result.evidence["intervals"] == {"errors": 6}


@pytest.mark.parametrize(
    "bake, outcome, said",
    [
        ({"time": "60 s", "longest": "1 h"}, "Done", "without a GO it bakes longer, at most 1 h"),
        (
            {"time": "60 s", "longest": "2 min"},
            "Ask",
            "the policy requires 2, and the longest bake (2 min) shows",
        ),
    ],
)
async def test_what_the_policy_wants_to_see_is_a_longer_bake_or_a_refusal_with_the_figure(
    make: Make, bake: dict[str, str], outcome: str, said: str
) -> None:
    world = make(
        {"judge": {"detectable": 2}, "rollout": {"bake": bake, "later_steps": [50, 100]}},
    )
    release, result = await planned(world)
    shown = reasons(result) + " ".join(
        str(reason)
        for asked in release.view.open_questions()
        for reason in asked.question["facts"].get("reasons", ())
    )
    assert said in shown
    assert type(result).__name__ == outcome


async def test_latency_and_series_are_measured_too(make: Make) -> None:
    world = make(
        {
            "judge": {
                "queue": {"series": "queue_length"},
                "latency": {"histogram": "http_request_seconds"},
            }
        }
    )
    world.metrics.gauges = {"1.3.0": 10.0}
    _, result = await planned(world)
    assert set(result.evidence["detectable"]) == {"errors", "queue", "latency"}
    assert set(result.evidence["dispersion"]) == {"errors", "queue", "latency"}
    assert "queue: the first step can show a regression of" in reasons(result)


async def test_how_much_looks_at_a_series_resemble_their_neighbours_is_measured(make: Make) -> None:
    """A gauge that goes up and down slowly tells less at each look; the judge reckons with it."""
    settings: dict[str, Any] = {"baseline": "1 h", "interval": "10 s", "dispersion": 1.5}
    settings["queue"] = {"series": "queue_length"}
    judged = []
    for wave in (0.0, 400.0):
        world = make({"judge": settings})
        world.metrics.gauges, world.metrics.wave = {"1.3.0": 10.0}, wave
        release, result = await planned(world)
        policies = metrics_of(release, (), new="1.4.0", old="1.3.0")
        assert policies["queue"].policy.dispersion == result.evidence["dispersion"]["queue"]
        assert policies["errors"].policy.dispersion == 1.5, "what is written is of counts"
        judged.append(policies["queue"].policy.dispersion)
    assert 1 <= judged[0] < 3
    assert judged[1] > 5


async def test_a_muted_metric_without_data_keeps_nobody_from_planning(make: Make) -> None:
    world = make({"judge": {"queue": {"series": "queue_length", "muted": True}}})
    _, result = await planned(world)
    assert "queue: queue_length has no fresh data of 1.3.0 (muted)" in reasons(result)
    assert type(result).__name__ == "Done"


async def test_readings_of_a_process_that_died_are_taken_again_when_the_next_one_comes_late(
    make: Make,
) -> None:
    """Airflow notices a dead worker after minutes: what it saw last is not how things are."""
    row = "validation.readiness.observability"
    world = make()
    release = world.open(rows=(row,))
    for _ in range(2):
        assert isinstance(await perform(release, row), Wait)
        world.clock.pass_(1.0)
    world.clock.pass_(300.0)
    result = await world.do(release, row)
    assert result.evidence["outcome"] == "PASS"


@pytest.mark.parametrize(
    "rate, said",
    [
        (0.002, "6 of 6 looks"),
        (0.05, "0 of 6 looks: a version that is no worse"),
    ],
)
async def test_by_limits_planning_says_whether_the_version_that_serves_keeps_them(
    make: Make, rate: float, said: str
) -> None:
    limits = {"limits": {"success": {"at_most": 0.01}}}
    world = make({"judge": {"method": "limits", "baseline": "1 min", "errors": limits}})
    world.metrics.errors["1.3.0"] = rate
    _, result = await planned(world)
    assert f"errors: 1.3.0 was within its limits at {said}" in reasons(result)
    assert ("no worse" in reasons(result)) is (rate > 0.01)
    assert "regression" not in reasons(result)
