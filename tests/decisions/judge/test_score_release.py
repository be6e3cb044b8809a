"""A rollout judged by score: what it says before its bake is over, and at its end."""

from __future__ import annotations

from typing import Any

import pytest

from windlass.decisions.judge import ArmCounts, CountPolicy, HistogramLook, Look, MetricLooks
from windlass.decisions.judge import SeriesLook as Point
from windlass.decisions.judge.score import EffectSize, ScoreMetric, Thresholds
from windlass.decisions.judge.score.release import ReleaseScore, score_release
from windlass.decisions.verdict import Outcome

AT = Thresholds(marginal=60, passing=90)


def errors(rates: list[float], *, baseline: float = 0.01, **more: Any) -> MetricLooks:
    looks = [
        Look(
            ArmCounts(10_000, 10_000 * baseline + 3 * (at % 4)),
            ArmCounts(10_000, 10_000 * rate + 2 * (at % 3)),
            float(at),
        )
        for at, rate in enumerate(rates)
    ]
    return MetricLooks(looks, CountPolicy(critical=True), **more)


def scored(*, strict: bool = True, **metrics: MetricLooks) -> ReleaseScore:
    return score_release(metrics, AT, {}, strict=strict)


def test_a_good_score_waits_for_the_bake_and_advances_at_its_end() -> None:
    found = scored(errors=errors([0.01] * 12))
    assert (found.decision, found.scored.score) == ("go", 100)
    assert found.verdict(over=False).outcome is Outcome.INCONCLUSIVE
    assert found.verdict(over=True).outcome is Outcome.PASS


def test_a_failing_score_rolls_back_at_once() -> None:
    found = scored(errors=errors([0.05] * 12))
    assert found.decision == "rollback"
    assert found.verdict(over=False).outcome is Outcome.FAIL
    assert any("errors is High" in reason for reason in found.reasons)


def test_at_the_end_a_marginal_score_is_not_enough() -> None:
    good = [Point(10.0 + at % 4, 10.0 + at % 3, float(at)) for at in range(12)]
    bad = [Point(10.0 + at % 4, 30.0 + at % 3, float(at)) for at in range(12)]
    metrics = {name: MetricLooks(good, group="g") for name in "abc"}
    found = scored(**metrics, d=MetricLooks(bad, group="g"))
    assert found.scored.score == 75
    assert found.verdict(over=False).outcome is Outcome.INCONCLUSIVE
    assert found.verdict(over=True).outcome is Outcome.FAIL


@pytest.mark.parametrize("over", [False, True])
def test_few_looks_are_no_data_whatever_they_show(over: bool) -> None:
    """With four points a side the test's interval cannot reach its level."""
    found = scored(errors=errors([0.9] * 4))
    assert found.verdict(over=over).outcome is Outcome.NO_DATA


def test_without_a_baseline_arm_the_past_is_the_control() -> None:
    before = errors([0.01] * 12).looks
    looks = [Look(None, ArmCounts(10_000, 600 + at), float(20 + at)) for at in range(12)]
    metric = MetricLooks(looks, CountPolicy(critical=True), history=before)
    assert scored(errors=metric).decision == "rollback"
    assert scored(errors=MetricLooks(looks, CountPolicy())).outcome in (
        Outcome.NO_DATA,
        Outcome.FAIL,
    )


def test_a_histogram_is_scored_by_its_quantile() -> None:
    def look(at: int, slow: float) -> HistogramLook:
        fast = {0.1: 900.0 - at, 1.0: 1000.0}
        return HistogramLook(fast, {0.1: 900.0 - slow - at % 3, 1.0: 1000.0}, float(at))

    slower = [look(at, 600.0) for at in range(12)]
    found = scored(latency=MetricLooks(slower, CountPolicy(critical=True), quantile=0.5))
    assert found.decision == "rollback"


def test_where_a_critical_metric_errs_strict_fails_closed() -> None:
    failing = [Look(error="timeout", at=float(at)) for at in range(12)]
    found = scored(errors=MetricLooks(failing, CountPolicy(critical=True)))
    assert found.verdict(over=True).outcome is not Outcome.PASS


def test_a_metric_may_have_rules_of_its_own() -> None:
    looks = {"errors": errors([0.013] * 12, baseline=0.01)}
    assert score_release(looks, AT, {}, strict=True).decision == "rollback"
    allowed = ScoreMetric("errors", effect_size=EffectSize(allowed_increase=1.5))
    found = score_release(looks, AT, {}, strict=True, rules={"errors": allowed})
    assert found.decision == "go"
    (labelled,) = found.scored.metrics
    assert (labelled.name, labelled.points) == ("errors", 12)
