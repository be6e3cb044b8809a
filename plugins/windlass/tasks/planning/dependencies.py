"""``planning.dependencies``: what this product needs of others, against what is live there."""

from __future__ import annotations

from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.ledger.views.live import LIVE_TYPES, LiveView, fold_live
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.spec.version_range import satisfies
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release

#: An open issue of the scope that stops the release says so in one of these ways.
BLOCKING = frozenset({"blocker", "blocking", "blocks-release"})


async def dependencies(release: Release, task: PlannedTask) -> Finding:
    """Every needed version in every place, and nothing open that blocks."""
    evidence: dict[str, Any] = {"dependencies": {}}
    verdicts = [
        _needed(release, other, wanted, target, evidence["dependencies"])
        for other, wanted in release.product.depends_on.items()
        for target in release.plan.targets
    ]
    verdicts.append(await _blockers(release, evidence))
    verdicts.append(await _troubled(release, evidence))
    return Finding(worst(verdicts, when_none="nothing is needed"), evidence)


def _needed(
    release: Release, other: str, wanted: str, target: PlannedTarget, found: dict[str, Any]
) -> Verdict:
    """The versions of ``other`` that are live where ``target`` is; all of them must do."""
    live = fold_live(release.ledger.select(LIVE_TYPES, product=other))
    there = _beside(live, target)
    found.setdefault(other, {"wanted": wanted, "live": {}})["live"][target.name] = there
    if not there:
        text = f"{other} {wanted} is needed in {target.name}, and nothing is known to be live there"
        return Verdict(Outcome.NO_DATA if target.live else Outcome.MARGINAL, (text,))
    wrong = [version for version in there if not satisfies(version, wanted)]
    if wrong:
        text = f"{target.name} has {other} {', '.join(wrong)}; {wanted} is needed"
        return Verdict(Outcome.FAIL, (text,))
    return Verdict(Outcome.PASS, (f"{target.name} has {other} {', '.join(there)}: {wanted}",))


def _beside(live: LiveView, target: PlannedTarget) -> list[str]:
    """The same place; else, where the other product has other regions, the whole environment."""
    same = live.on(target.name)
    if same is not None:
        return [same.version]
    around = [
        running.version
        for name in live.history
        if name.partition("/")[0] == target.environment and (running := live.on(name)) is not None
    ]
    return sorted(dict.fromkeys(around))


async def _blockers(release: Release, evidence: dict[str, Any]) -> Verdict:
    if not release.ports.has("tracker"):
        return Verdict(Outcome.PASS, ("no tracker is configured",))
    planned = await release.ports.tracker.planned(release.inputs.version)
    blocking = [
        issue
        for issue in planned
        if not issue.done and BLOCKING & {issue.kind.lower(), *map(str.lower, issue.labels)}
    ]
    evidence["blockers"] = [issue.key for issue in blocking]
    if blocking:
        texts = tuple(f"{issue.key} blocks the release: {issue.title}" for issue in blocking)
        return Verdict(Outcome.FAIL, texts)
    return Verdict(Outcome.PASS, ("no open issue blocks the release",))


async def _troubled(release: Release, evidence: dict[str, Any]) -> Verdict:
    """A product we need that has a critical incident open now."""
    if not release.ports.has("incidents"):
        return Verdict(Outcome.PASS, ("no incidents are configured",))
    found = []
    for other in release.product.depends_on:
        for incident in await release.ports.incidents.open_incidents(other):
            evidence.setdefault("incidents", []).append(incident.id)
            if incident.severity == "critical":
                found.append(f"{other} has critical incident {incident.id}: {incident.title}")
    if found:
        return Verdict(Outcome.FAIL, tuple(found))
    return Verdict(Outcome.PASS, ("nothing we need has a critical incident",))
