"""What the judge's figures promise, as distributions over many seeded releases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    CountVerdict,
    JudgePolicy,
    Look,
    MetricLooks,
    judge_counts,
    judge_release,
    judge_series,
)

np = pytest.importorskip("numpy")
LEVELS = (0.5, 0.2, 0.1, 0.05, 0.02)
RUNS = 500


def looks(rng: Any, ratio: float = 1.0, count: int = 30) -> list[Look]:
    """A common rate that drifts, and a split that changes in the middle."""
    rates = 0.01 * np.exp(np.cumsum(rng.normal(0, 0.1, count)))
    found = []
    for at, rate in enumerate(np.minimum(rates, 0.2)):
        n1, n0 = (60, 540) if at < count // 2 else (300, 300)
        found.append(
            Look(
                ArmCounts(n0, int(rng.poisson(n0 * rate))),
                ArmCounts(n1, int(rng.poisson(n1 * rate * ratio))),
                float(at),
            )
        )
    return found


def at_most(share: float, level: float) -> bool:
    """Whether a share of the runs is not above ``level`` by more than two standard errors."""
    return share <= level + 2 * (level * (1 - level) / RUNS) ** 0.5


def verdicts(seed: int, policy: CountPolicy, ratio: float = 1.0) -> list[CountVerdict]:
    rng = np.random.default_rng(seed)
    return [judge_counts(looks(rng, ratio), policy) for _ in range(RUNS)]


@pytest.mark.parametrize(
    "policy",
    [
        CountPolicy(alpha=0.02),
        CountPolicy(alpha=0.02, direction="either"),
        CountPolicy(alpha=0.02, tolerance_ratio=1.3, refuse_ratio=2.5),
    ],
    ids=["increase", "either", "tolerant"],
)
def test_p_values_of_healthy_releases_are_no_smaller_than_chance(policy: CountPolicy) -> None:
    """At every level at once, with a look at every look: P(p <= level) <= level (Ville)."""
    found = np.array([verdict.p_value for verdict in verdicts(81, policy)])
    for level in LEVELS:
        assert at_most(np.mean(found <= level), level), level


def test_at_the_tolerated_ratio_itself_p_values_are_no_smaller_than_chance() -> None:
    policy = CountPolicy(alpha=0.02, tolerance_ratio=1.5, refuse_ratio=3.0)
    found = np.array([verdict.p_value for verdict in verdicts(82, policy, ratio=1.5)])
    for level in LEVELS:
        assert at_most(np.mean(found <= level), level), level


def test_evidence_is_worth_one_on_average_at_any_planned_look() -> None:
    """Its mean over healthy releases is at most 1 at each look, but for chance."""
    paths = np.array([verdict.path for verdict in verdicts(83, CountPolicy(alpha=1e-9))])
    assert (paths.mean(axis=0) <= 1 + 3 * paths.std(axis=0) / RUNS**0.5).all()


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_the_interval_holds_the_true_ratio_at_several_looks_at_once(ratio: float) -> None:
    """A constant split, for which it is exact."""
    rng, policy, missed = np.random.default_rng(84), CountPolicy(alpha=0.1), 0
    for _ in range(200):
        seen = [
            Look(ArmCounts(400, int(rng.poisson(8))), ArmCounts(400, int(rng.poisson(8 * ratio))))
            for _ in range(20)
        ]
        ends = [judge_counts(seen[:end], policy).ratio_interval for end in (1, 3, 6, 10, 20)]
        missed += any(not low <= ratio <= high for low, high in ends)
    assert missed <= 200 * 0.1 + 2 * (200 * 0.1 * 0.9) ** 0.5


def test_releases_at_the_ratio_to_refuse_get_a_go_no_more_often_than_beta() -> None:
    policy = CountPolicy(alpha=0.001, beta=0.1, refuse_ratio=1.5)
    rng, gone = np.random.default_rng(85), 0
    for _ in range(RUNS):
        seen = looks(rng, 1.5)
        gone += any(judge_counts(seen[:end], policy).decision == "go" for end in (5, 10, 20, 30))
    assert at_most(gone / RUNS, 0.1)


def test_metrics_that_move_together_share_one_budget() -> None:
    """Ten copies of nearly the same metric, half of them critical."""
    rng, false, runs = np.random.default_rng(86), 0, 150
    for _ in range(runs):
        common = looks(rng, count=20)
        metrics = {
            f"m{place}": MetricLooks(
                [replace(look, canary=jittered(rng, look.canary)) for look in common],
                CountPolicy(critical=place % 2 == 0),
                group=f"g{place % 3}",
            )
            for place in range(10)
        }
        false += judge_release(metrics, JudgePolicy(alpha=0.1)).decision == "rollback"
    assert false <= runs * 0.1 + 2 * (runs * 0.1 * 0.9) ** 0.5


def jittered(rng: Any, arm: ArmCounts | None) -> ArmCounts:
    """The same traffic, of which now and then an error is not counted."""
    assert arm is not None
    return replace(arm, errors=float(rng.binomial(int(arm.errors), 0.95)))


def test_p_values_of_healthy_series_are_no_smaller_than_chance() -> None:
    rng, policy = np.random.default_rng(87), CountPolicy(alpha=0.02)
    found = np.array(
        [
            judge_series(
                rng.lognormal(0, 1, 40),
                rng.lognormal(0, 1, 40),
                policy,
                history=rng.lognormal(0, 1, 40),
            ).p_value
            for _ in range(200)
        ]
    )
    for level in LEVELS[:4]:
        assert np.mean(found <= level) <= level + 2 * (level * (1 - level) / 200) ** 0.5, level
