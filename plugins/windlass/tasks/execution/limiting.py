"""``judge: {method: limits}``: a step judged by bounds instead of by evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windlass.decisions.judge.bounds import Bounds
from windlass.decisions.judge.limits import Limits, Phase
from windlass.decisions.judge.limits_release import (
    LimitRules,
    ReleaseLimits,
    limit_release,
    phases_of,
    within,
)
from windlass.decisions.judge.release import MetricLooks
from windlass.decisions.verdict import Outcome, Verdict
from windlass.spec import judging
from windlass.tasks.execution.arms import judge_of
from windlass.tasks.execution.intervals import Written, intervals
from windlass.tasks.execution.rolling import bake_of
from windlass.tasks.execution.scoring import of_last_stage
from windlass.tasks.release import Release


def limits_of(
    release: Release, target: str, metrics: Mapping[str, MetricLooks], *, rolling_out: bool
) -> ReleaseLimits:
    """The limits of the looks of the present step, or of the days after.

    The days after are measured in runs as long as a bake: limits are meant for about that long.
    """
    judge, bake = judge_of(release, target), bake_of(release, target)
    rules = rules_of(judge)
    if rolling_out:
        last = {name: of_last_stage(metric) for name, metric in metrics.items()}
        return limit_release(last, rules)
    looks = max(1, round(bake.time / judge.interval))
    bounded = {name: within(rule, looks) for name, rule in rules.items()}
    return limit_release(metrics, bounded, stopped=True)


def rules_of(judge: judging.Judge) -> dict[str, LimitRules]:
    """The limits of each metric that has some."""
    every = judge.interval.total_seconds()
    return {
        name: _rules(metric.limits, every)
        for name, metric in judge.metrics.items()
        if metric.limits is not None
    }


def kept_before(
    release: Release, target: str, name: str, looks: Sequence[Written], version: str
) -> Verdict:
    """How often ``version``, which serves now, keeps the limits of a metric: it is said.

    It keeps nobody from planning: a release may be there to put that right.
    """
    judge = judge_of(release, target)
    rule = rules_of(judge).get(name)
    seen = MetricLooks(
        looks=intervals(looks, judge.metrics[name], version, None),
        quantile=judge.metrics[name].quantile if judge.metrics[name].kind == "histogram" else None,
    )
    if rule is None:
        return Verdict(Outcome.PASS, (f"{name}: there is data, and no limit",))
    phases = phases_of(seen, rule)
    bad = sum(phase in (Phase.FAILED, Phase.INCONCLUSIVE) for phase in phases)
    said = f"{name}: {version} was within its limits at {len(phases) - bad} of {len(phases)} looks"
    warned = f"{said}: a version that is no worse would not get past them" if bad else said
    return Verdict(Outcome.PASS, (warned,))


def _rules(rules: judging.LimitRules, every: float) -> LimitRules:
    numbers = rules.model_dump(exclude={"success", "failure"})
    return LimitRules(
        limits=Limits(interval=every, **numbers),
        success=_bounds(rules.success),
        failure=_bounds(rules.failure),
    )


def _bounds(given: judging.Bounds | None) -> Bounds | None:
    return None if given is None else Bounds(**given.model_dump())
