"""One error budget over all steps of a rollout: evidence runs on, GO and data are asked anew."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log
from typing import Any

import pytest

from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    Look,
    SeriesLook,
    judge_counts,
    judge_latency,
    judge_series_looks,
)
from windlass.decisions.judge.prior import stage_share

np = pytest.importorskip("numpy")
STEPS = (5.0, 25.0, 50.0)
POLICY = CountPolicy(alpha=0.02, stages=3)


def rollout(
    rng: Any, ratio: float = 1.0, *, each: int = 10, worse_from: int = 0, requests: int = 3000
) -> list[Look]:
    """``each`` looks a step; from step ``worse_from`` on the canary is ``ratio`` times worse."""
    found = []
    for place, percent in enumerate(STEPS):
        n1 = int(requests * percent / 100)
        n0 = requests - n1
        rate = 0.01 * (ratio if place >= worse_from else 1.0)
        for _ in range(each):
            arms = (
                ArmCounts(n0, int(rng.binomial(n0, 0.01))),
                ArmCounts(n1, int(rng.binomial(n1, rate))),
            )
            found.append(Look(*arms, at=float(len(found)), stage=percent))
    return found


@pytest.mark.parametrize("stages", [1, 2, 3, 7])
def test_the_shares_of_the_planned_stages_are_all_of_the_budget(stages: int) -> None:
    shares = [stage_share(stage, stages) for stage in range(stages)]
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) > 0
    assert stage_share(stages, stages) == 0.0


def test_of_whole_rollouts_no_more_than_alpha_are_rolled_back() -> None:
    """Every look of every step is looked at; the budget is for all of them together."""
    rng = np.random.default_rng(41)
    policy = replace(POLICY, alpha=0.05)
    runs = 300
    false = sum(judge_counts(rollout(rng), policy).decision == "rollback" for _ in range(runs))
    assert false <= runs * 0.05 + 2 * (runs * 0.05 * 0.95) ** 0.5


def test_a_small_regression_adds_up_over_the_steps() -> None:
    """No step shows it alone at this budget; together they do."""
    alone = together = 0
    for seed in range(20):
        looks = rollout(np.random.default_rng(seed), 1.35, each=8)
        together += judge_counts(looks, POLICY).decision == "rollback"
        alone += any(
            judge_counts([x for x in looks if x.stage == step], POLICY).decision == "rollback"
            for step in STEPS
        )
    assert together >= alone + 3


def test_a_regression_that_begins_at_a_later_step_is_found_there() -> None:
    for seed in range(10):
        looks = rollout(np.random.default_rng(seed), 2.5, worse_from=2)
        verdict = judge_counts(looks, POLICY)
        assert verdict.decision == "rollback"
        assert verdict.look > 20


def test_a_bet_of_a_later_step_costs_the_logarithm_of_its_share() -> None:
    """After healthy steps, one that shows what it would show alone, less its share."""
    looks = rollout(np.random.default_rng(3), 2.5, worse_from=2)
    alone = judge_counts(looks[20:], replace(POLICY, stages=1)).path
    after = judge_counts(looks, POLICY).path
    assert log(after[-1]) > log(alone[-1]) + log(stage_share(2, 3)) - 1.0


def test_one_stage_is_judged_as_if_there_were_none() -> None:
    looks = rollout(np.random.default_rng(4), 1.3)[:10]
    bare = [replace(look, stage=None) for look in looks]
    one = replace(POLICY, stages=1)
    assert judge_counts(looks, one).path == judge_counts(bare, one).path


def test_every_step_needs_a_go_of_its_own() -> None:
    looks = rollout(np.random.default_rng(5), each=60, requests=1_500)
    assert judge_counts(looks[:60], POLICY).decision == "go"
    assert judge_counts(looks[:61], POLICY).decision == "continue"
    later = judge_counts(looks[:120], POLICY)
    assert (later.decision, later.look > 60) == ("go", True)


def test_data_that_was_missing_at_an_earlier_step_is_forgiven_at_the_next() -> None:
    looks = rollout(np.random.default_rng(6), requests=60_000)
    gaps = [
        replace(x, baseline=None, canary=None, error="timeout") if place in (1, 2, 3) else x
        for place, x in enumerate(looks)
    ]
    assert judge_counts(gaps[:10], POLICY).outcome == "ERROR"
    assert judge_counts(gaps[:20], POLICY).decision == "go"
    silent = [replace(x, canary=ArmCounts(0, 0)) if x.stage == 25 else x for x in looks]
    assert judge_counts(silent[:20], POLICY).outcome == "NO_DATA"


def test_the_last_step_without_a_baseline_runs_on_against_the_past() -> None:
    rng = np.random.default_rng(7)
    looks = rollout(rng, requests=30_000)
    history = [replace(x, canary=None) for x in looks]

    def last(rate: float) -> list[Look]:
        counts = [ArmCounts(30_000, int(rng.binomial(30_000, rate))) for _ in range(10)]
        return [Look(None, c, 30.0 + at, stage=100.0) for at, c in enumerate(counts)]

    policy = replace(POLICY, stages=4)
    assert judge_counts([*looks, *last(0.01)], policy, history=history).decision != "rollback"
    bad = judge_counts([*looks, *last(0.03)], policy, history=history)
    assert (bad.decision, bad.weaker) == ("rollback", True)
    assert bad.look > 30
    assert bad.canary.requests == 300_000, "the figures are those of the last step"


def test_histograms_have_stages_too() -> None:
    rng = np.random.default_rng(8)

    def buckets(count: int, slow: float) -> dict[float, float]:
        beyond = int(rng.binomial(count, slow))
        return {0.1: float(count - beyond), inf: float(count)}

    looks = [
        HistogramLook(buckets(2000, 0.05), buckets(200, 0.05), float(at), stage=5.0)
        for at in range(15)
    ]
    looks += [
        HistogramLook(buckets(1500, 0.05), buckets(700, 0.12), 15.0 + at, stage=25.0)
        for at in range(15)
    ]
    assert judge_latency(looks[:15], 0.95, POLICY).decision != "rollback"
    assert judge_latency(looks, 0.95, POLICY).decision == "rollback"


def test_series_have_stages_too() -> None:
    rng = np.random.default_rng(9)
    looks = [
        SeriesLook(rng.normal(10, 1), rng.normal(10, 1), float(at), stage=5.0) for at in range(15)
    ]
    looks += [
        SeriesLook(rng.normal(10, 1), rng.normal(16, 1), 15.0 + at, stage=25.0) for at in range(20)
    ]
    assert judge_series_looks(looks[:15], POLICY).decision != "rollback"
    assert judge_series_looks(looks, POLICY).decision == "rollback"


def test_a_series_without_a_baseline_is_compared_with_earlier_values() -> None:
    rng = np.random.default_rng(10)
    history = [SeriesLook(rng.normal(10, 1), at=float(at)) for at in range(40)]

    def alone(mean: float) -> list[SeriesLook]:
        return [SeriesLook(None, rng.normal(mean, 1), 40.0 + at) for at in range(30)]

    policy = CountPolicy(alpha=0.02)
    healthy = judge_series_looks(alone(10), policy, history=history)
    assert healthy.decision != "rollback"
    assert healthy.weaker
    assert "weaker" in healthy.reasons[-1]
    assert judge_series_looks(alone(13), policy, history=history).decision == "rollback"
    assert judge_series_looks(alone(13), policy).outcome == "NO_DATA"
    long = [SeriesLook(None, 10.0, 40.0 + at) for at in range(90)]
    assert judge_series_looks(long, policy, history=history).outcome != "NO_DATA"
