"""A rollout judged by score: looks as series, one judgement a look, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import Any, cast

from windlass.decisions.judge.count_verdict import Decision
from windlass.decisions.judge.counts import ArmCounts, Look
from windlass.decisions.judge.latency import HistogramLook, quantile_of
from windlass.decisions.judge.release import MetricLooks
from windlass.decisions.judge.score.judge import ScoreVerdict, judge_score
from windlass.decisions.judge.score.metric import ScoreMetric
from windlass.decisions.judge.score.scoring import Thresholds
from windlass.decisions.judge.series import SeriesLook
from windlass.decisions.verdict import Outcome, Verdict

#: With fewer points a side the test's interval cannot reach its level: it alarms by chance.
LEAST_POINTS = 5


@dataclass(frozen=True)
class ReleaseScore:
    """What the score method says of a step.

    Attributes:
        decision: rollback at or below the marginal score, go from the passing score on.
        outcome: of the score; ``NO_DATA`` while there are fewer than ``LEAST_POINTS`` looks.
        reasons: never empty.
        scored: the score with every metric's label.
    """

    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    scored: ScoreVerdict

    def verdict(self, *, over: bool) -> Verdict:
        """What a rollout goes by; ``over`` when the step's bake and requests are met.

        A good score does not end the bake, and at its end nothing less than a good one will do.
        """
        if self.decision == "rollback":
            return Verdict(Outcome.FAIL, self.reasons)
        if self.outcome in (Outcome.NO_DATA, Outcome.ERROR):
            return Verdict(self.outcome, self.reasons)
        if not over:
            return Verdict(Outcome.INCONCLUSIVE, self.reasons)
        good = self.decision == "go"
        return Verdict(Outcome.PASS if good else Outcome.FAIL, self.reasons)


def score_release(
    metrics: Mapping[str, MetricLooks],
    thresholds: Thresholds,
    weights: Mapping[str, float],
    *,
    strict: bool,
    rules: Mapping[str, ScoreMetric] | None = None,
) -> ReleaseScore:
    """Score the looks of one step: each look is a point, a rate, a quantile or a value.

    ``rules`` are metrics without series: how the points of some are compared.

    As where canaries are run by score: a score at or below ``marginal`` ends the run at once.
    Where looks have no baseline, ``history`` is the control.
    """
    points = max((len(metric.looks) for metric in metrics.values()), default=0)
    scored = judge_score(
        [
            _series(metric, (rules or {}).get(name) or ScoreMetric(name))
            for name, metric in metrics.items()
        ],
        thresholds,
        weights,
        strict=strict,
    )
    if points < LEAST_POINTS:
        why = f"{points} looks; a score needs {LEAST_POINTS}"
        return ReleaseScore("continue", Outcome.NO_DATA, (why,), scored)
    decision: Decision = "continue"
    if scored.outcome is Outcome.FAIL or (
        scored.outcome is Outcome.MARGINAL and scored.score <= thresholds.marginal
    ):
        decision = "rollback"
    elif scored.outcome is Outcome.PASS:
        decision = "go"
    return ReleaseScore(decision, scored.outcome, scored.reasons, scored)


def _series(metric: MetricLooks, rules: ScoreMetric) -> ScoreMetric:
    experiment = [_point(look, "canary", metric.quantile) for look in metric.looks]
    control = [_point(look, "baseline", metric.quantile) for look in metric.looks]
    if all(value != value for value in control):  # noqa: PLR0124 - NaN only
        control = [_point(look, "baseline", metric.quantile) for look in metric.history]
    return replace(
        rules,
        control=control,
        experiment=experiment,
        direction=metric.policy.direction,
        critical=metric.policy.critical,
        must_have_data=metric.required,
        muted=metric.muted,
        groups=(metric.group,),
    )


def _point(look: Look | HistogramLook | SeriesLook, arm: str, quantile: float | None) -> float:
    """What a look shows of an arm; NaN when it shows nothing."""
    shown: Any = getattr(look, arm) if look.error is None else None
    if shown is None:
        return nan
    if isinstance(look, SeriesLook):
        return float(shown)
    if isinstance(look, HistogramLook):
        value = quantile_of(shown, quantile or 0.95)
        return nan if value is None else value
    counts = cast("ArmCounts", shown)
    return counts.errors / counts.requests if counts.requests > 0 else nan
