"""Latency from histograms."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from windlass.decisions.judge import (
    CountPolicy,
    HistogramLook,
    JudgePolicy,
    MetricLooks,
    judge_latency,
    judge_release,
)
from windlass.decisions.judge.latency import nearest_bound, quantile_of
from windlass.decisions.judge.quantile import quantile_evidence

np = pytest.importorskip("numpy")
BOUNDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, inf)
POLICY = CountPolicy(alpha=0.02)


def buckets(rng: Any, requests: int, scale: float = 1.0) -> dict[float, float]:
    seconds = scale * np.exp(rng.normal(-1.5, 1, requests))
    return {bound: float((seconds <= bound).sum()) for bound in BOUNDS}


def looks(seed: int, scale: float, count: int = 40, requests: int = 900) -> list[HistogramLook]:
    rng = np.random.default_rng(seed)
    return [
        HistogramLook(buckets(rng, requests), buckets(rng, requests // 9, scale), float(at))
        for at in range(count)
    ]


def test_a_slower_canary_rolls_back_and_the_quantiles_are_said() -> None:
    verdict = judge_latency(looks(1, 1.5), 0.95, POLICY, name="latency")
    assert verdict.decision == "rollback"
    text = " ".join(verdict.reasons)
    assert "latency above 1 s" in text
    assert "p95 over all looks: canary 1." in text


def test_an_equally_fast_canary_does_not() -> None:
    assert all(
        judge_latency(looks(seed, 1.0), 0.95, POLICY).decision != "rollback"
        for seed in range(2, 12)
    )


def test_a_threshold_frozen_before_the_release_is_kept() -> None:
    history = [HistogramLook(look.baseline, None, look.at - 100) for look in looks(3, 1.0)]
    slow = judge_latency(looks(4, 3.0), 0.95, POLICY, history=history)
    assert slow.decision == "rollback"
    assert slow.reasons[0].startswith("latency above 1 s")


def test_without_a_baseline_arm_the_history_is_the_comparison() -> None:
    history = [HistogramLook(look.baseline, None, look.at - 100) for look in looks(5, 1.0)]
    alone = [HistogramLook(None, look.canary, look.at) for look in looks(6, 2.0)]
    verdict = judge_latency(alone, 0.95, POLICY, history=history)
    assert verdict.weaker
    assert verdict.decision == "rollback"


def test_the_test_of_the_quantile_itself_is_slower_and_does_not_take_a_tail_for_it() -> None:
    verdict = judge_latency(looks(7, 1.6, 60), 0.95, POLICY, test="quantile")
    assert verdict.decision == "rollback"
    assert "canary's p95 is higher" in " ".join(verdict.reasons)
    assert judge_latency(looks(8, 1.0), 0.95, POLICY, test="quantile").decision != "rollback"


def test_quantile_evidence_of_equal_arms_rarely_reaches_its_budget() -> None:
    rng = np.random.default_rng(9)
    reached = sum(
        quantile_evidence(buckets(rng, 3000), buckets(rng, 3000), 0.9) >= 20 for _ in range(200)
    )
    assert reached <= 10


def test_of_equal_quantiles_over_all_steps_no_more_than_alpha_are_rolled_back() -> None:
    """The last step has no baseline arm: it is compared with what was before."""
    rng, runs, false = np.random.default_rng(31), 100, 0
    policy = CountPolicy(alpha=0.05, stages=3)
    for _ in range(runs):
        steps = [
            HistogramLook(
                buckets(rng, 450), buckets(rng, share), 10.0 * step + at, stage=float(share)
            )
            for step, share in enumerate((50, 450))
            for at in range(10)
        ]
        steps += [
            HistogramLook(None, buckets(rng, 900), 20.0 + at, stage=100.0) for at in range(10)
        ]
        history = [HistogramLook(buckets(rng, 900), None, at - 30.0) for at in range(20)]
        verdict = judge_latency(steps, 0.9, policy, history=history, test="quantile")
        assert verdict.weaker
        false += verdict.decision == "rollback"
    assert false <= runs * 0.05 + 2 * (runs * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize("slow_from", [0, 1, 2])
def test_a_quantile_that_rises_at_any_step_is_found_there(slow_from: int) -> None:
    rng = np.random.default_rng(32)
    policy = CountPolicy(alpha=0.02, stages=3)
    steps = []
    for step, share in enumerate((300, 900, 100)):
        scale = 2.0 if step >= slow_from else 1.0
        for at in range(20):
            old = None if share == 100 else buckets(rng, 900)
            new = buckets(rng, 900 if share == 100 else share, scale)
            steps.append(HistogramLook(old, new, 20.0 * step + at, stage=float(share)))
    history = [HistogramLook(buckets(rng, 900), None, at - 30.0) for at in range(20)]
    verdict = judge_latency(steps, 0.9, policy, history=history, test="quantile")
    assert verdict.decision == "rollback"
    assert 20 * slow_from < verdict.look <= 20 * slow_from + 20


def test_a_share_that_rose_does_not_hide_what_is_missing_from_the_test_of_the_quantile() -> None:
    rng = np.random.default_rng(33)
    tail = [
        HistogramLook(
            {0.1: 950.0, 1.0: 1000.0, inf: 1000.0},
            {0.1: float(905 + rng.integers(0, 5)), 1.0: 1000.0, inf: 1000.0},
            float(at),
        )
        for at in range(20)
    ]
    assert judge_latency(tail, 0.95, POLICY).decision == "rollback"
    by_quantile = judge_latency(tail, 0.95, POLICY, test="quantile")
    assert by_quantile.outcome == "INCONCLUSIVE"
    assert "is not shown to be higher" in by_quantile.reasons[1]
    failed = [*tail, HistogramLook(at=20.0, error="timeout")]
    verdict = judge_latency(failed, 0.95, POLICY, test="quantile")
    assert (verdict.decision, verdict.outcome) == ("continue", "ERROR")
    assert "timeout" in verdict.reasons[1]


def test_in_a_release_a_metric_may_be_judged_by_its_quantile() -> None:
    metric = MetricLooks(looks(7, 1.6, 60), POLICY, quantile=0.95, test="quantile")
    verdict = judge_release({"latency": metric}, JudgePolicy(alpha=0.02))
    assert verdict.decision == "rollback"
    assert any("canary's p95 is higher" in reason for reason in verdict.reasons)


def test_missing_buckets_and_failed_queries_are_errors() -> None:
    good = looks(10, 1.0, 4)
    cut = HistogramLook({0.1: 9.0, inf: 10.0}, {0.2: 9.0, inf: 10.0}, 4.0)
    assert judge_latency([cut], 0.95, POLICY).outcome in ("ERROR", "NO_DATA", "INCONCLUSIVE")
    failed = HistogramLook(at=5.0, error="timeout")
    assert judge_latency([*good, failed], 0.95, POLICY).outcome == "ERROR"
    assert judge_latency([HistogramLook({}, {}, 0.0)], 0.95, POLICY).outcome == "NO_DATA"


def test_the_nearest_bound_and_the_interpolated_quantile() -> None:
    cumulative = {0.1: 80.0, 0.25: 96.0, 0.5: 99.0, inf: 100.0}
    assert nearest_bound(cumulative, 0.95) == 0.25
    assert quantile_of(cumulative, 0.95) == pytest.approx(0.1 + 0.15 * 15 / 16)
    assert quantile_of(cumulative, 0.999) == 0.5
    assert quantile_of({}, 0.5) is None
    assert nearest_bound({inf: 3.0}, 0.5) is None


@pytest.mark.parametrize("quantile", [0, 1, 95])
def test_a_quantile_in_percent_is_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match=r"0\.95"):
        judge_latency([], quantile, POLICY)
