"""The storefront of the demo: the bad version is caught early, healthy ones go through."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

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
from windlass.decisions.judge.budget import rollout_alpha

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
    bounds = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, float("inf"))

    def histogram(requests: float) -> dict[float, float]:
        seconds = 0.02 * np.exp(rng.normal(0, 0.6, int(requests)))
        return {bound: float((seconds <= bound).sum()) for bound in bounds}

    for _ in range(100):
        for share, bake in ((0.05, 20), (0.25, 8), (0.5, 8)):
            looks = list(shape.looks(rng, shape.BASE_RATE, share, bake))
            latency = [
                HistogramLook(histogram(x.baseline.requests), histogram(x.canary.requests), x.at)
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


STEPS = ((0.05, 20), (0.25, 8), (0.5, 8))


def whole_rollout(rng: np.random.Generator, canary: float, other: float) -> dict[str, MetricLooks]:
    """A critical count and another one over all steps; the last one without a baseline arm."""
    looks: dict[str, list[Look]] = {"errors": [], "other": []}
    for share, bake in STEPS:
        for name, rate in (("errors", canary), ("other", other)):
            since = len(looks[name]) * 1.5
            looks[name] += [
                replace(x, at=since + (x.at or 0.0), stage=100 * share)
                for x in shape.looks(rng, rate, share, bake)
            ]
    history = {name: list(found) for name, found in looks.items()}
    for name, rate in (("errors", canary), ("other", other)):
        since = len(looks[name]) * 1.5
        looks[name] += [
            Look(None, x.canary, since + (x.at or 0.0), stage=100.0)
            for x in shape.looks(rng, rate, 1.0, 8)
        ]
    return {
        name: MetricLooks(found, CountPolicy(critical=name == "errors", stages=4), history[name])
        for name, found in looks.items()
    }


def test_a_hundred_whole_releases_at_their_own_budget_are_not_rolled_back() -> None:
    """Two places, four steps each, every look: one error budget of 0.5 % for all of it."""
    rng = np.random.default_rng(20260806)
    for _ in range(100):
        for place in (0, 1):
            policy = JudgePolicy(alpha=rollout_alpha(0.005, place, 2, watched=True))
            metrics = whole_rollout(rng, shape.BASE_RATE, shape.BASE_RATE)
            assert judge_release(metrics, policy).decision != "rollback"


def test_the_bad_version_is_found_within_the_first_steps_bake_at_its_own_budget() -> None:
    """Nineteen of twenty within 20 s at 5 %; none gets past the second step."""
    rng = np.random.default_rng(20260807)
    policy = JudgePolicy(alpha=rollout_alpha(0.005, 0, 2, watched=True))
    found = [
        judge_release(whole_rollout(rng, shape.BAD_RATE, shape.BASE_RATE), policy).metrics["errors"]
        for _ in range(40)
    ]
    assert all(verdict.decision == "rollback" for verdict in found)
    assert sum(verdict.look * 1.5 <= 20 for verdict in found) >= 38
    assert max(verdict.look for verdict in found) <= 14 + 6
