"""Latency from histograms."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from windlass.decisions.judge import CountPolicy, HistogramLook, judge_latency
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
