"""``planning.risk``: how risky this release is, why, what that adds, and how each target goes back.

The scope is provisional here; what risk adds is in the plan from the start and wakes up.
"""

from __future__ import annotations

from typing import Any

from windlass.decisions.risk import Level, Risk, RiskFacts, RiskPolicy, assess
from windlass.decisions.risk_effects import Added, RiskRules, add_for
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.tasks.exposing import live
from windlass.tasks.planning.past import failures, idle_days, newcomers
from windlass.tasks.planning.surroundings import days_to_freeze, signers
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result
from windlass.tasks.scoping import Gathered, gather, matches, migrating, ref_of


async def risk(release: Release, task: PlannedTask) -> Result:
    """Gather what is known, score it, and say what the score moves."""
    gathered = await gather(release, ref_of(release))
    facts = await _facts(release, gathered)
    found = assess(facts, _policy(release))
    added = _added(release, found)
    return Done(
        {
            "score": found.score,
            "level": found.level.value,
            "factors": [
                {"name": f.name, "points": round(f.points, 1), "reason": f.reason}
                for f in found.factors
            ],
            "reasons": list(found.reasons),
            "adds_approval": found.level is Level.HIGH,
            "moved": list(added.moved),
            "sha": gathered.sha,
            "started_for": release.inputs.reason,
            "scenarios": {t.name: _scenario(release, t) for t in release.plan.live_targets},
        }
    )


async def _facts(release: Release, gathered: Gathered) -> RiskFacts:
    settings, migrations = release.policy.risk, release.policy.rollout.migrations
    scope, control = gathered.scope, release.ports.source_control
    approvers, absent = signers(release)
    wanted = release.inputs.regions
    targets = [t for t in release.plan.live_targets if not wanted or t.region in (*wanted, "")]
    return RiskFacts(
        changed_lines=await control.changed_lines(gathered.base, gathered.sha),
        breaking=len(scope.breaking),
        migrates=bool(migrating(release, gathered.files)),
        undoable=migrations is not None and migrations.undo == "full",
        hot_files=tuple(f for f in gathered.files if matches(f, settings.hot_files)),
        idle_days=idle_days(release),
        failures=failures(release),
        days_to_freeze=days_to_freeze(release),
        authors=len(scope.authors),
        new_authors=len(newcomers(release, scope.authors)),
        compliance=_compliance(release),
        targets=len(targets),
        approvers=approvers,
        absent=absent,
    )


def _compliance(release: Release) -> tuple[str, ...]:
    """The product's tags; a release that is started for compliance is one that auditors read."""
    tags, reason = release.policy.risk.compliance, release.inputs.reason
    return (*tags, reason) if reason == "compliance" and reason not in tags else tags


def _policy(release: Release) -> RiskPolicy:
    settings = release.policy.risk
    return RiskPolicy(
        weights={str(name): weight for name, weight in settings.weights.items()},
        full_size=settings.full_size,
        full_idle_days=settings.full_idle_days,
        full_failures=settings.full_failures,
        full_targets=settings.full_targets,
        medium=settings.medium,
        high=settings.high,
    )


def _added(release: Release, found: Risk) -> Added:
    """What high risk wakes up: the plan holds those seats and steps already, asleep."""
    asleep = [seat.role for seat in release.plan.seats if seat.only_if == "risk"]
    awake = [
        seat.role
        for seat in release.plan.seats
        if seat.gate == "readiness" and seat.only_if != "risk"
    ]
    rules = RiskRules(
        seats={Level.HIGH: tuple(asleep)},
        steps={Level.HIGH: release.policy.risk.extra_steps},
    )
    return add_for(found, rules, awake, release.policy.rollout.steps)


def _scenario(release: Release, target: PlannedTarget) -> dict[str, Any]:
    """What is done when it goes wrong on this target."""
    running, migrations = live(release).on(target.name), release.policy.rollout.migrations
    undo = release.ports.deployments.undo if release.ports.has("deployments") else "none"
    back_to = running.version if running else None
    data = "no migration configured"
    if migrations is not None:
        data = "migrated down" if migrations.undo == "full" else "cannot be undone: roll forward"
    what = f"all traffic back to {back_to}" if back_to else "taken out: nothing was there before"
    return {"back_to": back_to, "undo": undo, "data": data, "what": what}
