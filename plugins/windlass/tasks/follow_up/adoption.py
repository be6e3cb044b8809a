"""``follow_up.adoption``: who could use each feature, who did, and whether that grows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.metrics import Reading
from windlass.spec.follow_up import Adoption
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import wanted_targets
from windlass.tasks.follow_up.earlier import last_evidence
from windlass.tasks.release import Release


async def adoption(release: Release, task: PlannedTask) -> Finding:
    """Read the counters of every feature on every live target, and compare with the last release.

    Less use than hoped for is news, not an error: it is told and goes on. No data is red.
    """
    wanted = release.policy.follow_up.adoption
    names = tuple(dict.fromkeys(n for each in wanted.values() for n in (each.exposed, each.used)))
    targets = [target.name for target in wanted_targets(release)]
    readings = [await release.ports.metrics.read(target, names, ()) for target in targets]
    before = last_evidence(release, task.id).get("features") or {}
    features: dict[str, Any] = {}
    verdicts = []
    for name, each in wanted.items():
        figures = _figures(readings, each, release.version)
        earlier = (before.get(name) or {}).get("share")
        if figures["share"] is not None and earlier is not None:
            figures["trend"] = round(figures["share"] - float(earlier), 2)
        features[name] = figures
        verdicts.append(_verdict(name, each, figures))
    return Finding(worst(verdicts, when_none="no feature is counted"), {"features": features})


def _figures(readings: Iterable[Reading], each: Adoption, version: str) -> dict[str, Any]:
    """Counts over all targets; ``share`` in percent, None where nobody was counted."""
    shown = [found for r in readings if (found := r.counters.get(version)) is not None]
    exposed = sum(found.get(each.exposed, 0.0) for found in shown)
    used = sum(found.get(each.used, 0.0) for found in shown)
    share = round(100.0 * used / exposed, 2) if exposed else None
    return {"exposed": exposed, "used": used, "share": share, "target": each.target, "trend": None}


def _verdict(name: str, each: Adoption, figures: dict[str, Any]) -> Verdict:
    share = figures["share"]
    if share is None:
        return Verdict(Outcome.NO_DATA, (f"{name}: {each.exposed} counts nobody",))
    text = f"{name}: {share:g} % of {figures['exposed']:g} used it"
    if each.target is not None and share < each.target:
        return Verdict(Outcome.MARGINAL, (f"{text}; {each.target:g} % were hoped for",))
    return Verdict(Outcome.PASS, (text,))
