"""``validation.readiness.observability``: the judge will see, and people will be woken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.spec.judging import Metric
from windlass.tasks.alerting import alerts
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait
from windlass.tasks.sampling import Sample, samples, stands_still

#: Readings that show whether a counter still counts, and the seconds between them.
READINGS = 2
SECONDS_BETWEEN = 1.0


async def observability(release: Release, task: PlannedTask) -> Result | Finding:
    """Every query of the judge answers with fresh data on every target; every alert answers."""
    evidence: dict[str, Any] = {"queries": {}, "alerts": {}}
    answered = await alerts(release, task)
    if isinstance(answered, Wait):
        return answered
    evidence["alerts"] = {name: verdict.outcome.value for name, verdict in answered.items()}
    verdicts = list(answered.values())
    if release.policy.judge.metrics and release.ports.has("metrics"):
        seen = await _queries(release, task, evidence["queries"])
        if isinstance(seen, Wait):
            return seen
        verdicts += seen
    return Finding(worst(verdicts, when_none="no query and no alert can be asked"), evidence)


async def _queries(
    release: Release, task: PlannedTask, found: dict[str, Any]
) -> list[Verdict] | Wait:
    verdicts: list[Verdict] = []
    running = live(release)
    for target in release.plan.live_targets:
        serving = running.on(target.name)
        if serving is None:
            verdicts.append(Verdict(Outcome.PASS, (f"{target.name}: first release, no data yet",)))
            continue
        fresh = release.policy.judge.fresh
        taken = await samples(release, task, target.name, READINGS, SECONDS_BETWEEN, fresh)
        if isinstance(taken, Wait):
            return taken
        for name, metric in release.policy.judge.metrics.items():
            verdict = _fresh(release, f"{target.name}: {name}", metric, taken, serving.version)
            found.setdefault(target.name, {})[name] = verdict.reasons[0]
            verdicts.append(verdict)
    return verdicts


def _fresh(
    release: Release, name: str, metric: Metric, taken: list[Sample], version: str
) -> Verdict:
    """Whether the last readings have the metric of the live version, and it moves."""
    problem = next((sample.error for sample in taken if sample.error), None)
    if problem:
        return Verdict(Outcome.ERROR, (f"{name}: could not be asked: {problem}",))
    last = taken[-1]
    now = last.total(version, metric)
    if now is None:
        return Verdict(Outcome.NO_DATA, (f"{name}: no data of {version}",))
    age = (release.now() - datetime.fromisoformat(last.at)).total_seconds()
    if age > release.policy.judge.fresh.total_seconds():
        return Verdict(Outcome.NO_DATA, (f"{name}: the newest data is {age:.0f} s old",))
    if stands_still(taken, version, metric):
        return Verdict(Outcome.NO_DATA, (f"{name}: stands still at {now:g}: nothing is counted",))
    return Verdict(Outcome.PASS, (f"{name}: {now:g} at {last.at}",))
