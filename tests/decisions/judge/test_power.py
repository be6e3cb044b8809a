"""What the judge says it could see is what it sees."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.judge import ArmCounts, CountPolicy, Look, dispersion, judge_counts, power

np = pytest.importorskip("numpy")


def found(ratio: float, rate: float, n1: int, n0: int, alpha: float, rng: Any) -> float:
    runs, hits = 120, 0
    for _ in range(runs):
        looks = [
            Look(
                ArmCounts(n0, int(rng.binomial(n0, rate))),
                ArmCounts(n1, int(rng.binomial(n1, min(1.0, rate * ratio)))),
            )
            for _ in range(60)
        ]
        hits += judge_counts(looks, CountPolicy(alpha=alpha)).decision == "rollback"
    return hits / runs


@pytest.mark.parametrize(
    "rate, per_minute, split, alpha",
    [(0.01, 600, 0.5, 0.02), (0.01, 1000, 0.1, 0.02), (0.002, 2000, 0.05, 0.005)],
)
def test_the_ratio_it_names_is_found_four_times_in_five(
    rate: float, per_minute: int, split: float, alpha: float
) -> None:
    ratio = power(rate, per_minute / 60, split, 3600, alpha)
    n1, n0 = round(per_minute * split), round(per_minute * (1 - split))
    share = found(ratio, rate, n1, n0, alpha, np.random.default_rng(31))
    assert 0.7 <= share <= 0.95


def test_what_cannot_be_seen_is_infinite() -> None:
    assert power(0.0, 100, 0.1, 600, 0.01) == inf
    assert power(0.01, 0, 0.1, 600, 0.01) == inf
    assert power(1e-7, 1, 0.05, 60, 0.01) == inf


@given(
    rate=st.floats(1e-4, 0.05),
    requests=st.floats(10, 1e4),
    split=st.floats(0.05, 0.5),
    seconds=st.floats(60, 3600),
)
def test_more_time_and_less_noise_never_show_less(
    rate: float, requests: float, split: float, seconds: float
) -> None:
    usual = power(rate, requests, split, seconds, 0.01)
    assert power(rate, requests, split, 4 * seconds, 0.01) <= usual * 1.02
    assert power(rate, requests, split, seconds, 0.01, dispersion=3.0) >= usual * 0.98
    assert usual > 1


def test_dispersion_is_variance_over_mean_and_at_least_one() -> None:
    rng = np.random.default_rng(5)
    assert dispersion([0, 12] * 20) == pytest.approx(6.15, abs=0.01)
    assert dispersion([0, 12, 0, 12]) < 2, "four intervals tell little"
    assert dispersion([]) == dispersion([7]) == dispersion([0, 0, 0]) == 1.0
    assert dispersion(rng.poisson(9, 5000).tolist()) == pytest.approx(1, abs=0.1)
    bursty = rng.poisson(9 * rng.gamma(4, 0.25, 5000))
    assert dispersion(bursty.tolist()) == pytest.approx(1 + 9 / 4, rel=0.1)
