"""``validation.readiness.health``: every live target is well, and has error budget to spend."""

from __future__ import annotations

from typing import Any

from windlass.decisions.readiness import error_budget
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.metrics import Reading
from windlass.spec.checks import HttpCheck
from windlass.spec.policy import Slo
from windlass.tasks.execution.probing import ask
from windlass.tasks.exposing import never_used
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release


async def health(release: Release, task: PlannedTask) -> Finding:
    """Ask each live target whether it is well, and work out what is left of its error budgets."""
    evidence: dict[str, Any] = {"targets": {}}
    verdicts: list[Verdict] = []
    for target in release.plan.live_targets:
        figures: dict[str, Any] = {}
        verdicts += await _well(release, target, figures)
        verdicts += await _budgets(release, target, figures)
        evidence["targets"][target.name] = figures
    return Finding(worst(verdicts, when_none="no live target can be asked anything"), evidence)


async def _well(release: Release, target: PlannedTarget, figures: dict[str, Any]) -> list[Verdict]:
    if target.url is None:
        return []
    if await never_used(release, target.name):
        figures["health"] = {"outcome": Outcome.PASS.value, "note": "nothing is live here yet"}
        return [Verdict(Outcome.PASS, (f"nothing is live in {target.name} yet",))]
    path = release.product.environment(target.environment).health
    verdict = await ask(release, target.url.rstrip("/") + path, HttpCheck(path=path))
    figures["health"] = {"outcome": verdict.outcome.value, **verdict.figures}
    return [verdict]


async def _budgets(
    release: Release, target: PlannedTarget, figures: dict[str, Any]
) -> list[Verdict]:
    slos = release.policy.slo
    if not slos:
        return []
    names = tuple(dict.fromkeys(name for slo in slos.values() for name in (slo.count, slo.of)))
    reading = await release.ports.metrics.read(target.name, names, ())
    return [_budget(target.name, name, slo, reading, figures) for name, slo in slos.items()]


def _budget(target: str, name: str, slo: Slo, reading: Reading, figures: dict[str, Any]) -> Verdict:
    """What is left of the budget over what the counters span.

    A counter that is a query brings its own window with it; a plain one spans the life of what
    reports it.
    """
    verdict = error_budget(
        bad=_total(reading, slo.count) or 0.0,
        total=_total(reading, slo.of) or 0.0,
        objective=slo.objective,
        least_left=slo.budget_left,
    )
    figures[name] = {"outcome": verdict.outcome.value, **verdict.figures}
    reasons = tuple(f"{target}: {name}: {reason}" for reason in verdict.reasons)
    return Verdict(verdict.outcome, reasons)


def _total(reading: Reading, name: str) -> float | None:
    """The counter over all versions; None when no version reports it."""
    shown = [found[name] for found in reading.counters.values() if name in found]
    return sum(shown) if shown else None
