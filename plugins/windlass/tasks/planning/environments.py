"""``planning.environments.<environment>``: is it what it is declared to be, and what it was."""

from __future__ import annotations

from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.environments import Drift
from windlass.spec.checks import HttpCheck
from windlass.tasks.claiming import held_by_another
from windlass.tasks.execution.probing import ask
from windlass.tasks.exposing import live, never_used
from windlass.tasks.finding import Finding
from windlass.tasks.meeting import beside
from windlass.tasks.release import Release


async def environment(release: Release, task: PlannedTask) -> Finding:
    """Drift, configuration in check mode, health, and what is live against the ledger."""
    name = str(task.args["environment"])
    evidence: dict[str, Any] = {"drift": {}, "live": {}}
    verdicts: list[Verdict] = []
    for port in ("infrastructure", "configuration"):
        if release.ports.has(port):
            drift = await release.ports.get(port).drift(name)
            evidence["drift"][port] = {"drifted": drift.drifted, "detail": drift.detail}
            verdicts.append(_drift(port, name, drift))
    for target in (t for t in release.plan.targets if t.environment == name):
        if release.ports.has("deployments"):
            serves, verdict = await _as_recorded(release, target)
            evidence["live"][target.name] = serves
            verdicts.append(verdict)
        verdicts.append(await _health(release, target))
    return Finding(worst(verdicts, when_none=f"nothing can be asked about {name}"), evidence)


def _drift(port: str, name: str, drift: Drift) -> Verdict:
    if drift.drifted:
        return Verdict(Outcome.FAIL, (f"{port} of {name} has drifted: {drift.detail}",))
    return Verdict(Outcome.PASS, (f"{port} of {name} is as declared",))


async def _health(release: Release, target: PlannedTarget) -> Verdict:
    if target.url is None:
        return Verdict(Outcome.PASS, (f"{target.name} has no address to ask",))
    if await never_used(release, target.name):
        return Verdict(Outcome.PASS, (f"nothing is live in {target.name} yet",))
    path = release.product.environment(target.environment).health
    return await ask(release, target.url.rstrip("/") + path, HttpCheck(path=path))


async def _as_recorded(release: Release, target: PlannedTarget) -> tuple[str | None, Verdict]:
    """What is really there against what the ledger says: a difference must be adopted."""
    exposure = await release.ports.deployments.current(target.name)
    recorded = live(release).on(target.name)
    known = recorded.version if recorded else None
    if exposure.stable == known or exposure.stable is None:
        return exposure.stable, Verdict(Outcome.PASS, (f"{target.name} serves {exposure.stable}",))
    other = _in_the_hands_of(release, target.name)
    if other is not None and {v for v, share in exposure.shares.items() if share} <= {
        known,
        other.version,
    }:
        return exposure.stable, Verdict(
            Outcome.PASS, (f"{other.id} is putting {other.version} on {target.name}",)
        )
    how = f"windlass adopt {release.plan.product} {target.name}"
    text = (
        f"{target.name} serves {exposure.stable}, the ledger says {known}; take it up with: {how}"
    )
    return exposure.stable, Verdict(Outcome.FAIL, (text,))


def _in_the_hands_of(release: Release, target: str) -> Release | None:
    """The release that is changing ``target`` right now, if it is another one."""
    other = held_by_another(release, target)
    return None if other is None else beside(release, other)
