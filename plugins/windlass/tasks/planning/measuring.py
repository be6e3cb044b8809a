"""How noisy a metric is before the release, and how small a regression the first step can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from windlass.decisions.judge import (
    ENOUGH_INTERVALS,
    alphas,
    detectable_mean_ratio,
    dispersion,
    power,
)
from windlass.decisions.judge.autocorrelation import inflation, resemblance
from windlass.decisions.judge.latency import slow_share, slower_than
from windlass.decisions.judge.power import detectable_ratio
from windlass.decisions.judge.prior import stage_share
from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTarget
from windlass.spec.judging import Metric
from windlass.spec.scalars import format_duration
from windlass.tasks.execution.arms import judge_of
from windlass.tasks.execution.intervals import Written, intervals
from windlass.tasks.execution.judging import rollout_policy
from windlass.tasks.execution.looking import metrics_of
from windlass.tasks.execution.rolling import bake_of
from windlass.tasks.release import Release


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one target before the release.

    Attributes:
        intervals: how many there were to measure noise on.
        noise: variance over mean of the bad events of an interval; for a plain series how many
            looks are worth one, because neighbours resemble one another.
        smallest: the smallest ratio that the first step's bake can show.
        at_longest: the same for its longest bake.
    """

    intervals: int
    noise: float
    smallest: float
    at_longest: float

    @property
    def weaker(self) -> bool:
        """Whether noise was measured on too few intervals to be known."""
        return self.intervals < ENOUGH_INTERVALS


def measured(
    release: Release, target: PlannedTarget, name: str, looks: Sequence[Written], version: str
) -> Measured:
    """What ``looks`` at ``target`` before the release tell of metric ``name`` of ``version``."""
    metric, bake = _metric(release, target, name), bake_of(release, target.name)
    times = [bake.at(0).total_seconds(), bake.longest.total_seconds()]
    alpha = _alpha(release, target, name)
    if metric.kind == "series":
        values = [float(look["reading"]["counters"][version][metric.series]) for look in looks]
        every = release.policy.judge.interval.total_seconds()
        ratios = [detectable_mean_ratio(values, int(t / every), alpha) for t in times]
        return Measured(len(looks) - 1, inflation(resemblance(values)), *ratios)
    bad, requests = _counted(looks, metric, version)
    noise = release.policy.judge.dispersion or dispersion(bad)
    rate, split = _rate(looks[-1], metric, version), target.percents[0] / 100
    ratios = [
        power(rate, requests / _seconds(looks), split, seconds, alpha, noise)
        if split < 1
        else _against_before(rate, requests, seconds / _seconds(looks), alpha, noise)
        for seconds in times
    ]
    known = ENOUGH_INTERVALS if release.policy.judge.dispersion else len(bad)
    return Measured(known, noise, *ratios)


def verdict_on(release: Release, target: PlannedTarget, name: str, found: Measured) -> Verdict:
    """Whether the first step can show what the policy wants to see, and how well that is known."""
    judge, bake = release.policy.judge, bake_of(release, target.name)
    text = f"{name}: the first step can show a regression of {_times(found.smallest)}"
    weaker = (_weaker(release, target, name, found),) if found.weaker else ()
    wanted = judge.detectable
    if wanted is None or found.smallest <= wanted:
        return Verdict(Outcome.PASS, (text, *weaker))
    asked = f"{text}; the policy requires {wanted:g}"
    longest = format_duration(bake.longest)
    if found.at_longest <= wanted:
        more = f"{asked}: without a GO it bakes longer, at most {longest}"
        return Verdict(Outcome.PASS, (more, *weaker))
    why = f"{asked}, and the longest bake ({longest}) shows {_times(found.at_longest)}: bake longer"
    return Verdict(Outcome.FAIL, (why, *weaker))


def _weaker(release: Release, target: PlannedTarget, name: str, found: Measured) -> str:
    """What measuring on too few intervals means, and how to put it right."""
    judge = release.policy.judge
    seconds = ENOUGH_INTERVALS * judge.interval.total_seconds()
    what = f"noise was measured on {found.intervals} intervals, {ENOUGH_INTERVALS} are needed"
    longer = f"let judge.baseline be {seconds:g} s"
    if _metric(release, target, name).kind == "series":
        return f"{name}: {what}: weaker against slow waves; {longer}"
    return f"{name}: {what}: weaker against bursts; {longer}, or write judge.dispersion"


def _against_before(
    rate: float, requests: float, longer: float, alpha: float, noise: float
) -> float:
    """Without a baseline arm ``requests`` were seen before, and ``longer`` times as many will be.

    Half of the budget pays for how little is known of before.
    """
    return detectable_ratio(rate, requests * longer, requests, alpha / 2, noise)


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if isfinite(ratio) else "no size"


def _alpha(release: Release, target: PlannedTarget, name: str) -> float:
    """What the metric may spend at the first step of ``target``."""
    stages = len(target.steps)
    judge = judge_of(release, target.name)
    metrics = metrics_of(release, (), new="", old=None, stages=stages, judge=judge)
    budget = alphas(metrics, rollout_policy(release, target.name))[name]
    return budget * stage_share(0, stages)


def _metric(release: Release, target: PlannedTarget, name: str) -> Metric:
    return judge_of(release, target.name).metrics[name]


def _counted(looks: Sequence[Written], metric: Metric, version: str) -> tuple[list[float], float]:
    """Bad events of each interval, and all events of all of them."""
    found = intervals(looks, metric, version, None)
    if metric.kind == "histogram":
        found = tuple(slower_than(found, metric.quantile))
    arms = [look.canary for look in found if look.canary is not None]
    return [arm.errors for arm in arms], sum(arm.requests for arm in arms)


def _rate(look: Written, metric: Metric, version: str) -> float:
    """Bad events per event over all that the version has counted."""
    reading = look["reading"]
    if metric.kind == "histogram":
        shown = reading["histograms"][version][metric.histogram]
        return slow_share({float(bound): n for bound, n in shown.items()}, metric.quantile)
    shown = reading["counters"][version]
    every = shown[metric.of]
    return float(shown.get(metric.count, 0.0)) / every if every else 0.0


def _seconds(looks: Sequence[Written]) -> float:
    first, last = (datetime.fromisoformat(looks[at]["reading"]["at"]) for at in (0, -1))
    return max(0.001, (last - first).total_seconds())
