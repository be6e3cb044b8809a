"""``planning.monitoring``: can we see a regression at all, and how small a one."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise
from typing import Any

from windlass.decisions.judge import dispersion, power
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import Annotation
from windlass.ports.metrics import Reading
from windlass.spec.judging import Metric
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release

#: Readings taken to measure rate and noise, and the seconds between two of them.
READINGS = 5
SECONDS_BETWEEN = 0.5


async def monitoring(release: Release, task: PlannedTask) -> Finding:
    """Read every query of the judge a few times on every live target, and work out its power."""
    judge = release.policy.judge
    verdicts: list[Verdict] = []
    evidence: dict[str, Any] = {"fresh": [], "dispersion": {}, "detectable": {}}
    for target in release.plan.live_targets:
        running = live(release).on(target.name)
        if running is None:
            verdicts.append(Verdict(Outcome.PASS, (f"{target.name}: first release, no baseline",)))
            continue
        readings = await _readings(release, target.name)
        for name, metric in judge.metrics.items():
            verdicts.append(_measured(release, name, metric, readings, running.version, evidence))
    if release.ports.has("dashboards"):
        await _annotate(release, task)
    return Finding(worst(verdicts, when_none="the product names no metrics"), evidence)


async def _readings(release: Release, target: str) -> list[Reading]:
    judge = release.policy.judge
    counters = [n for m in judge.metrics.values() for n in (m.count, m.of) if n]
    histograms = [m.histogram for m in judge.metrics.values() if m.histogram]
    found = []
    for number in range(READINGS):
        if number:
            await asyncio.sleep(SECONDS_BETWEEN)
        found.append(await release.ports.metrics.read(target, tuple(counters), tuple(histograms)))
    return found


def _measured(
    release: Release,
    name: str,
    metric: Metric,
    readings: list[Reading],
    version: str,
    evidence: dict[str, Any],
) -> Verdict:
    """Fresh data, its rate and noise, and the smallest ratio the first step can show."""
    if metric.kind == "histogram":
        if all(metric.histogram in r.histograms.get(version, {}) for r in readings):
            return Verdict(Outcome.PASS, (f"{name}: fresh",))
        return Verdict(Outcome.NO_DATA, (f"{name}: {metric.histogram} has no data of {version}",))
    totals = [r.counters.get(version, {}).get(str(metric.of)) for r in readings]
    if any(total is None for total in totals) or totals[-1] == totals[0]:
        return Verdict(Outcome.NO_DATA, (f"{name}: {metric.of} has no fresh data of {version}",))
    bad = [r.counters[version].get(str(metric.count), 0.0) for r in readings]
    steps = [after - before for before, after in pairwise(bad)]
    noise = dispersion(steps)
    seconds = _seconds(readings[0].at, readings[-1].at)
    requests = float(totals[-1] or 0) - float(totals[0] or 0)
    overall = float(bad[-1]) / max(1.0, float(totals[-1] or 1))
    first = release.policy.rollout.steps[0]
    smallest = power(
        overall,
        requests / seconds,
        split=first / 100,
        seconds=release.policy.rollout.bake.at(0).total_seconds(),
        alpha=release.policy.judge.alpha,
        dispersion=noise,
    )
    evidence["dispersion"][name] = noise
    evidence["detectable"][name] = smallest
    evidence["fresh"].append(f"{name}: {requests:g} requests in {seconds:.1f} s")
    return _powerful(release, name, smallest)


def _powerful(release: Release, name: str, smallest: float) -> Verdict:
    text = f"{name}: the first step can show a regression of {smallest:.1f} times"
    wanted = release.policy.judge.detectable
    if wanted is not None and smallest > wanted:
        return Verdict(Outcome.FAIL, (f"{text}; the policy requires {wanted:g}: bake longer",))
    return Verdict(Outcome.PASS, (text,))


def _seconds(first: datetime, last: datetime) -> float:
    return max(0.001, (last - first).total_seconds())


async def _annotate(release: Release, task: PlannedTask) -> None:
    dashboards = release.ports.dashboards
    note = Annotation(release.id, f"{release.name} is planned", release.now(), ("windlass",))

    async def read() -> Any:
        shown = await dashboards.read(release.id)
        return shown.text if shown else None

    async def write(current: Any) -> None:
        await dashboards.annotate(note)

    await release.converge(task, "annotation", read=read, write=write, want=note.text)
