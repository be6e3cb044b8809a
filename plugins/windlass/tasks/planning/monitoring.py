"""``planning.monitoring``: can we see a regression at all, and how small a one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from windlass.decisions.judge import ENOUGH_INTERVALS
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.announcements import Annotation
from windlass.spec.judging import Metric
from windlass.tasks.alerting import alerts
from windlass.tasks.execution.arms import judge_of
from windlass.tasks.execution.intervals import Written
from windlass.tasks.execution.limiting import kept_before
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import wanted_ramps
from windlass.tasks.planning.measuring import Measured, measured, verdict_on
from windlass.tasks.ramping import OFF
from windlass.tasks.release import Release, ships_flags
from windlass.tasks.results import Result, Wait
from windlass.tasks.sampling import Sample, samples, stands_still, taken_at

#: Fewer intervals than these are not worth the name of a measurement.
LEAST_INTERVALS = 4
#: The part of the phase's target length that measuring may take; an emergency has little.
PART_OF_PHASE = 1 / 10


async def monitoring(release: Release, task: PlannedTask) -> Result | Finding:
    """Read every query of the judge on every live target; work out its power; prove the alerts."""
    evidence: dict[str, Any] = {
        "fresh": [],
        "dispersion": {},
        "detectable": {},
        "intervals": {},
    }
    answered = await alerts(release, task)
    if isinstance(answered, Wait):
        return answered
    evidence["alerts"] = {name: verdict.outcome.value for name, verdict in answered.items()}
    verdicts = list(answered.values())
    if release.ports.has("metrics"):
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
    """All targets are measured side by side."""
    verdicts: list[Verdict] = []
    baselines = _baselines(release)
    count, every = _readings(release)
    taken = {}
    for target, version in baselines.items():
        if version is None:
            verdicts.append(Verdict(Outcome.PASS, (f"{target.name}: first release, no baseline",)))
            continue
        taken[target] = await samples(release, task, target.name, count, every)
    waits = [found for found in taken.values() if isinstance(found, Wait)]
    if waits:
        return waits[0]
    for target, found in taken.items():
        version = baselines[target]
        if version is None or isinstance(found, Wait):
            continue
        looks = taken_at(release, task, target.name)[-len(found) :]
        for name, metric in judge_of(release, target.name).metrics.items():
            lacks = _lacks(name, metric, found, version, evidence)
            if lacks is None and len(found) > 1:
                lacks = _told(release, target, name, looks, version, evidence)
            said = lacks or Verdict(Outcome.PASS, (f"{name}: there is data",))
            verdicts.append(_of_muted(said) if metric.muted else said)
    return verdicts


def _baselines(release: Release) -> dict[PlannedTarget, str | None]:
    """What the judge compares with, at each target: what is live, or those without a flag.

    Where the release brings the code of a flag, too, nothing counts its users yet.
    """
    if ships_flags(release):
        return dict.fromkeys(wanted_ramps(release), OFF)
    running = {target: live(release).on(target.name) for target in release.plan.live_targets}
    return {target: found.version if found else None for target, found in running.items()}


def _told(
    release: Release,
    target: PlannedTarget,
    name: str,
    looks: Sequence[Written],
    version: str,
    evidence: dict[str, Any],
) -> Verdict:
    """What the looks before the release tell, of whatever the judge goes by."""
    if release.policy.judge.method == "limits":
        return kept_before(release, target.name, name, looks, version)
    figures = measured(release, target, name, looks, version)
    _keep(evidence, name, figures)
    return verdict_on(release, target, name, figures)


def _of_muted(said: Verdict) -> Verdict:
    """What is said of a metric that decides nothing keeps nobody from planning."""
    return Verdict(Outcome.PASS, tuple(f"{reason} (muted)" for reason in said.reasons))


def _readings(release: Release) -> tuple[int, float]:
    """How many readings are taken, and the seconds between two of them.

    Noise is measured at the interval of the judge's looks, as long as ``judge.baseline`` and the
    phase's target length leave room for it; with less room on fewer intervals, which is said.
    """
    judge = release.policy.judge
    room = judge.baseline
    if (phase := release.policy.phases.get("planning")) is not None:
        room = min(room, phase * PART_OF_PHASE)
    fitting = int(room / judge.interval)
    intervals = min(ENOUGH_INTERVALS, max(LEAST_INTERVALS, fitting))
    every = min(judge.interval, timedelta(seconds=room.total_seconds() / intervals))
    return intervals + 1, every.total_seconds()


def _lacks(
    name: str, metric: Metric, taken: list[Sample], version: str, evidence: dict[str, Any]
) -> Verdict | None:
    """Why the metric cannot be measured; None when there is fresh data."""
    problem = next((sample.error for sample in taken if sample.error), None)
    if problem:
        return Verdict(Outcome.ERROR, (f"{name}: could not be asked: {problem}",))
    totals = [total for s in taken if (total := s.total(version, metric)) is not None]
    what = metric.of or metric.histogram or metric.series
    if len(totals) < len(taken) or stands_still(taken, version, metric):
        return Verdict(Outcome.NO_DATA, (f"{name}: {what} has no fresh data of {version}",))
    seconds = _seconds(taken[0].at, taken[-1].at)
    seen = totals[-1] - totals[0] if metric.kind != "series" else totals[-1]
    evidence["fresh"].append(f"{name}: {seen:g} in {seconds:.1f} s")
    return None


def _keep(evidence: dict[str, Any], name: str, found: Measured) -> None:
    """The figures of the target where the metric is noisiest and shows least."""
    evidence["dispersion"][name] = max(found.noise, evidence["dispersion"].get(name, 1.0))
    before = evidence["detectable"].get(name, 0.0)
    worst_yet = None if before is None else max(before, found.smallest)
    finite = worst_yet is not None and worst_yet < float("inf")
    evidence["detectable"][name] = worst_yet if finite else None
    known = min(found.intervals, evidence["intervals"].get(name, found.intervals))
    evidence["intervals"][name] = known


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
