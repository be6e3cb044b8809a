"""``planning.monitoring``: can we see a regression at all, and how small a one."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from windlass.decisions.judge import dispersion, power
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import Annotation
from windlass.spec.judging import Metric
from windlass.tasks.alerting import alerts
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait
from windlass.tasks.sampling import Sample, samples, stands_still

#: Readings taken to measure rate and noise, and the most seconds between two of them.
READINGS = 5
MOST_SECONDS_BETWEEN = 2.0


async def monitoring(release: Release, task: PlannedTask) -> Result | Finding:
    """Read every query of the judge on every live target; work out its power; prove the alerts."""
    evidence: dict[str, Any] = {"fresh": [], "dispersion": {}, "detectable": {}}
    answered = await alerts(release, task)
    if isinstance(answered, Wait):
        return answered
    evidence["alerts"] = {name: verdict.outcome.value for name, verdict in answered.items()}
    verdicts = list(answered.values())
    if release.policy.judge.metrics and release.ports.has("metrics"):
        measured = await _measure(release, task, evidence)
        if isinstance(measured, Wait):
            return measured
        verdicts += measured
    if release.ports.has("dashboards"):
        await _annotate(release, task)
    return Finding(worst(verdicts, when_none="the product names no metrics"), evidence)


async def _measure(
    release: Release, task: PlannedTask, evidence: dict[str, Any]
) -> list[Verdict] | Wait:
    verdicts: list[Verdict] = []
    running = live(release)
    every = min(release.policy.judge.baseline.total_seconds() / READINGS, MOST_SECONDS_BETWEEN)
    for target in release.plan.live_targets:
        serving = running.on(target.name)
        if serving is None:
            verdicts.append(Verdict(Outcome.PASS, (f"{target.name}: first release, no baseline",)))
            continue
        taken = await samples(release, task, target.name, READINGS, every)
        if isinstance(taken, Wait):
            return taken
        for name, metric in release.policy.judge.metrics.items():
            verdicts.append(_measured(release, name, metric, taken, serving.version, evidence))
    return verdicts


def _measured(
    release: Release,
    name: str,
    metric: Metric,
    taken: list[Sample],
    version: str,
    evidence: dict[str, Any],
) -> Verdict:
    """Fresh data, its rate and noise, and the smallest ratio the first step can show."""
    problem = next((sample.error for sample in taken if sample.error), None)
    if problem:
        return Verdict(Outcome.ERROR, (f"{name}: could not be asked: {problem}",))
    totals = [total for s in taken if (total := s.total(version, metric)) is not None]
    what = metric.of or metric.histogram or metric.series
    if len(totals) < len(taken) or stands_still(taken, version, metric):
        return Verdict(Outcome.NO_DATA, (f"{name}: {what} has no fresh data of {version}",))
    seconds = _seconds(taken[0].at, taken[-1].at)
    seen = totals[-1] - totals[0]
    evidence["fresh"].append(f"{name}: {seen:g} in {seconds:.1f} s")
    if metric.kind != "ratio" or len(taken) == 1:
        return Verdict(Outcome.PASS, (f"{name}: there is data",))
    bad = [s.counters[version].get(str(metric.count), 0.0) for s in taken]
    noise = dispersion([later - earlier for earlier, later in pairwise(bad)])
    smallest = power(
        bad[-1] / max(1.0, totals[-1]),
        seen / seconds,
        split=release.policy.rollout.steps[0] / 100,
        seconds=release.policy.rollout.bake.at(0).total_seconds(),
        alpha=release.policy.judge.alpha,
        dispersion=noise,
    )
    evidence["dispersion"][name] = noise
    evidence["detectable"][name] = smallest if smallest < float("inf") else None
    return _powerful(release, name, smallest)


def _powerful(release: Release, name: str, smallest: float) -> Verdict:
    text = f"{name}: the first step can show a regression of {smallest:.1f} times"
    wanted = release.policy.judge.detectable
    if wanted is not None and smallest > wanted:
        return Verdict(Outcome.FAIL, (f"{text}; the policy requires {wanted:g}: bake longer",))
    return Verdict(Outcome.PASS, (text,))


def _seconds(first: str, last: str) -> float:
    passed = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    return max(0.001, passed.total_seconds())


async def _annotate(release: Release, task: PlannedTask) -> None:
    dashboards = release.ports.dashboards
    note = Annotation(release.id, f"{release.name} is planned", release.now(), ("windlass",))

    async def read() -> Any:
        shown = await dashboards.read(release.id)
        return shown.text if shown else None

    async def write(current: Any) -> None:
        await dashboards.annotate(note)

    await release.converge(
        task, "annotation", kind="dashboards.annotate", read=read, write=write, want=note.text
    )
