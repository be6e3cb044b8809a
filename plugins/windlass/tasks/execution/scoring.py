"""``judge: {method: score}``: a step judged by score instead of by evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from windlass.decisions.judge.limits_release import ReleaseLimits
from windlass.decisions.judge.release import AnyLooks, JudgeVerdict, MetricLooks
from windlass.decisions.judge.score import EffectSize, ScoreMetric, Thresholds
from windlass.decisions.judge.score.release import ReleaseScore, score_release
from windlass.decisions.verdict import Verdict
from windlass.spec.judging import ScoreRules
from windlass.tasks.execution.arms import judge_of
from windlass.tasks.execution.rolling import bake_of, reached
from windlass.tasks.release import Release

#: What a judge answers, by any method.
Judgement = JudgeVerdict | ReleaseScore | ReleaseLimits


def score_of(release: Release, target: str, metrics: Mapping[str, MetricLooks]) -> ReleaseScore:
    """The score of the looks of the present step."""
    judge = judge_of(release, target)
    return score_release(
        {name: of_last_stage(metric) for name, metric in metrics.items()},
        Thresholds(judge.marginal, judge.pass_score),
        judge.group_weights,
        strict=judge.strict,
        rules={
            name: _rules(name, metric.score)
            for name, metric in judge.metrics.items()
            if metric.score is not None
        },
    )


def _rules(name: str, score: ScoreRules) -> ScoreMetric:
    given = score.model_dump(exclude={"effect_size"})
    return ScoreMetric(name, effect_size=EffectSize(**score.effect_size.model_dump()), **given)


def verdict_of(
    release: Release, target: str, judgement: Judgement, *, requests: float, since: datetime
) -> Verdict:
    """What the rollout goes by; a score and limits count when bake and requests are met."""
    if isinstance(judgement, JudgeVerdict):
        return judgement.verdict
    bake, planned = bake_of(release, target), release.plan.target(target)
    first = reached(release, planned, planned.steps) <= 0
    over = release.now() - since >= bake.at(0 if first else 1) and requests >= bake.requests
    return judgement.verdict(over=over)


def of_last_stage(metric: MetricLooks) -> MetricLooks:
    """The looks of the step that was looked at last."""
    if not metric.looks:
        return metric
    last = metric.looks[-1].stage
    looks = tuple(look for look in metric.looks if look.stage == last)
    return replace(metric, looks=cast("AnyLooks", looks))
