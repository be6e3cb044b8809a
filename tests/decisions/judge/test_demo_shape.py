"""The storefront of the demo: the bad version is caught early, healthy ones go through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import pytest

from demo.screen import Screen
from tests.decisions.judge import demo_shape as shape
from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    JudgePolicy,
    Look,
    MetricLooks,
    judge_counts,
    judge_release,
)
from windlass.decisions.rollout import next_move
from windlass.decisions.rollout_state import Clock, MoveKind, Region, RolloutPolicy, RolloutState

np = pytest.importorskip("numpy")

POLICY = CountPolicy(alpha=0.002, critical=True)


def test_a_six_percent_version_is_found_at_the_five_percent_step() -> None:
    """Half of the runs within 12 s, nineteen of twenty within 25 s, all before 60 s."""
    rng = np.random.default_rng(20260801)
    seconds = []
    for _ in range(100):
        looks = list(shape.looks(rng, shape.BAD_RATE, 0.05, 60))
        verdict = judge_counts(looks, POLICY)
        assert verdict.decision == "rollback"
        seconds.append(verdict.look * 1.5)
    assert 5 <= median(seconds) <= 12
    assert sorted(seconds)[94] <= 25


def test_a_hundred_healthy_releases_are_not_rolled_back() -> None:
    """20 s at 5 %, 8 s at 25, 50 and 100 %: no rollback in any step of any release."""
    rng = np.random.default_rng(20260802)
    for _ in range(100):
        history: list[Look] = []
        for share, bake in ((0.05, 20), (0.25, 8), (0.5, 8)):
            looks = list(shape.looks(rng, shape.BASE_RATE, share, bake))
            assert judge_counts(looks, POLICY).decision != "rollback"
            history.extend(looks)
        alone = [
            Look(None, look.canary, look.at) for look in shape.looks(rng, shape.BASE_RATE, 1.0, 8)
        ]
        verdict = judge_counts(alone, POLICY, history=history)
        assert verdict.weaker
        assert verdict.decision != "rollback"


@pytest.mark.parametrize("every", [1.0, 2.0])
def test_at_full_exposure_a_bad_version_is_found_against_its_past(every: float) -> None:
    """Without a baseline arm, the looks of the earlier steps are the comparison."""
    rng = np.random.default_rng(20260803)
    history = list(shape.looks(rng, shape.BASE_RATE, 0.25, 36))
    bad = [
        Look(None, look.canary, look.at) for look in shape.looks(rng, shape.BAD_RATE, 1.0, 8, every)
    ]
    verdict = judge_counts(bad, POLICY, history=history)
    assert verdict.decision == "rollback"
    assert verdict.look * every <= 4
    assert any("before/after" in reason for reason in verdict.reasons)


def test_no_traffic_never_passes() -> None:
    """A canary without a single request is NO_DATA, whatever the baseline did."""
    looks = [Look(ArmCounts(200, 0), ArmCounts(0, 0), float(at)) for at in range(20)]
    assert judge_counts(looks, POLICY).outcome == "NO_DATA"


def test_errors_and_latency_together_at_the_default_budget_roll_no_healthy_release_back() -> None:
    """A hundred releases, each step judged on a critical count and a histogram."""
    rng = np.random.default_rng(20260804)
    for _ in range(100):
        for share, bake in ((0.05, 20), (0.25, 8), (0.5, 8)):
            looks = list(shape.looks(rng, shape.BASE_RATE, share, bake))
            latency = [
                HistogramLook(
                    shape.histogram(rng, x.baseline.requests),
                    shape.histogram(rng, x.canary.requests),
                    x.at,
                )
                for x in looks
            ]
            metrics = {
                "errors": MetricLooks(looks, CountPolicy(critical=True)),
                "latency": MetricLooks(latency, quantile=0.95),
            }
            assert judge_release(metrics, JudgePolicy()).decision != "rollback"


def test_the_bad_version_is_found_at_the_default_budget_with_the_other_metric_beside_it() -> None:
    rng = np.random.default_rng(20260805)
    seconds = []
    for _ in range(40):
        looks = list(shape.looks(rng, shape.BAD_RATE, 0.05, 60))
        metrics = {
            "errors": MetricLooks(looks, CountPolicy(critical=True)),
            "other": MetricLooks(list(shape.looks(rng, shape.BASE_RATE, 0.05, 60))),
        }
        verdict = judge_release(metrics, JudgePolicy())
        assert verdict.decision == "rollback"
        seconds.append(verdict.metrics["errors"].look * 1.5)
    assert 4 <= median(seconds) <= 12


def test_the_demos_figures_are_those_that_its_texts_name() -> None:
    """Two in a thousand fail, six in a hundred more in the bad version; nine a second at 5 %."""
    assert pytest.approx(0.002) == shape.BASE_RATE
    assert pytest.approx(0.062, abs=0.006) == shape.BAD_RATE
    assert [share for share, _ in shape.steps_of(0)] == [0.05, 0.25, 0.5, 1.0]
    assert shape.steps_of(0)[0][1] == pytest.approx(300 / 9)
    assert {name: metric.kind for name, metric in shape.POLICY.judge.metrics.items()} == {
        "errors": "ratio",
        "latency": "histogram",
    }


def test_a_hundred_healthy_releases_of_the_demo_are_not_rolled_back() -> None:
    """Both regions, all steps, every look, errors and latency: one error budget for all of it."""
    rng = np.random.default_rng(20260806)
    for _ in range(100):
        for place in (0, 1):
            rollout = shape.Rollout(rng, place, shape.BASE_RATE)
            for steps in (len(rollout.steps) - 1, len(rollout.steps)):
                verdict = judge_release(rollout.metrics(steps), rollout.policy)
                assert verdict.decision != "rollback", verdict.reasons


def test_the_demos_bad_version_is_caught_at_its_first_step_with_the_reasons_on_screen() -> None:
    """A hundred times, each within the requests that the first step waits for."""
    rng = np.random.default_rng(20260807)
    rollouts = [shape.Rollout(rng, 0, shape.BAD_RATE) for _ in range(100)]
    verdicts = [judge_release(rollout.metrics(1), rollout.policy) for rollout in rollouts]
    assert {(each.decision, each.outcome) for each in verdicts} == {("rollback", "FAIL")}
    verdict = verdicts[-1]
    state = RolloutState(
        version="1.2.0",
        regions=(Region(name="production/eu-west", steps=(5, 25, 50, 100), index=0),),
        touched=("production/eu-west",),
    )
    clock = Clock(datetime(2026, 3, 10, 10, tzinfo=UTC))
    move = next_move(state, {"production/eu-west": verdict.verdict}, {}, clock, RolloutPolicy())
    assert move.kind is MoveKind.ROLL_BACK
    screen = Screen()
    judged = {
        "task": "execution.production.eu-west.judge_5",
        "decision": verdict.decision,
        "reasons": list(move.reasons),
    }
    with screen.console.capture() as capture:
        screen.event(Happened("judge.verdict", clock.now, "windlass", judged))
    shown = " ".join(capture.get().split())
    assert "judge_5: rollback. production/eu-west at 5 %: errors: canary" in shown
    assert "times the rate (between" in shown
    assert ": evidence" in shown


@dataclass
class Happened:
    """An event as the screen reads it."""

    type: str
    at: datetime
    by: str
    data: dict[str, Any]
