"""``validation.readiness.rehearsal``: this very pair of packages, there and back, before users.

The stages are written down one by one, with their times, so that a worker that dies is followed by
one that goes on. What is measured is what matters in an emergency: from the decision to roll back
until the old version is proven to serve alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from windlass.decisions.readiness import Rehearsed
from windlass.decisions.readiness import rehearsal as weigh
from windlass.decisions.verdict import Outcome, Verdict
from windlass.errors import ClaimHeld
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.deployments import Artifact
from windlass.tasks.acceptance import ROW, acceptance, unfinished_suites
from windlass.tasks.days import after, first_live
from windlass.tasks.execution.one_way import WAYS, undo_of
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.exposing import claim, live
from windlass.tasks.finding import Finding
from windlass.tasks.marking import mark, marked
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Skip, Wait
from windlass.tasks.validation.rehearsing import Trip

#: How often a held environment, or one that suites use, is looked at again (seconds).
RECHECK = 30.0


async def rehearsal(release: Release, task: PlannedTask) -> Result | Finding:
    """Deploy, roll back, verify, deploy again; the measured seconds against the policy."""
    undo = undo_of(release)
    if undo != "full":
        return Skip(f"there is no way back to rehearse: {WAYS[undo]} (undo: {undo})")
    old = _old(release)
    if isinstance(old, Verdict):
        return Finding(old, {"recovery_seconds": None})
    if release.policy.preempts:
        return await _can_be_had(release, old)
    target = _place(release)
    if target is None:
        text = f"there is no environment {release.policy.rehearsal.environment} to rehearse in"
        return Finding(Verdict(Outcome.FAIL, (text,)), {"recovery_seconds": None})
    waits = await _not_yet(release, task, target)
    if waits is not None:
        return waits
    mark(release, task, ROW.begun, environment=target.environment)
    trip = Trip(release, task, target, new=artifact_of(release), old=old)
    problem = await trip.go()
    if isinstance(problem, Wait):
        return problem
    mark(release, task, ROW.ended)
    return _finding(release, task, trip, problem)


def _old(release: Release) -> Artifact | Verdict | None:
    """The package that users have now; None before the first release."""
    running = live(release).on(first_live(release).name)
    if running is None:
        return None
    if running.artifact is None:
        text = f"nobody knows the package of {running.version}: it cannot be gone back to"
        return Verdict(Outcome.FAIL, (text,))
    return Artifact(**running.artifact)


async def _can_be_had(release: Release, old: Artifact | None) -> Finding:
    """An emergency proves only that the old package is still there."""
    evidence: dict[str, Any] = {"recovery_seconds": None, "old": old.version if old else None}
    if old is None:
        return Finding(Verdict(Outcome.PASS, ("first release: rollback = retract",)), evidence)
    if await release.ports.deployments.available(old):
        text = f"the package of {old.version} can be had ({old.digest})"
        return Finding(Verdict(Outcome.PASS, (text,)), evidence)
    text = f"the package of {old.version} cannot be had any more: {old.location}"
    return Finding(Verdict(Outcome.FAIL, (text,)), evidence)


def _place(release: Release) -> PlannedTarget | None:
    named = release.policy.rehearsal.environment
    if named is None:
        return acceptance(release)
    found = [target for target in release.plan.targets if target.environment == named]
    return next((target for target in found if not target.live), None)


async def _not_yet(release: Release, task: PlannedTask, target: PlannedTarget) -> Wait | None:
    """Others use the place: another release that holds it, or suites that run against it."""
    if not marked(release, task, ROW.begun):
        busy = unfinished_suites(release) if acceptance(release) == target else ()
        if busy:
            return Wait(f"{', '.join(busy)} still needs {target.name}", every=RECHECK)
    try:
        await claim(release, target.name)
    except ClaimHeld as held:
        return Wait(str(held), every=RECHECK)
    return None


def _finding(release: Release, task: PlannedTask, trip: Trip, problem: Verdict | None) -> Finding:
    seconds = trip.recovery_seconds
    evidence: dict[str, Any] = {
        "recovery_seconds": seconds,
        "environment": trip.target.name,
        "from": trip.new.version,
        "back_to": trip.old.version if trip.old else None,
        "packages": [trip.new.digest, trip.old.digest if trip.old else None],
        "migrations": trip.migrations,
        "valid_until": after(
            release, release.now(), release.policy.rehearsal.stale_after
        ).isoformat(),
    }
    if problem is not None or seconds is None:
        lost = Verdict(Outcome.ERROR, ("nobody measured how long going back took",))
        return Finding(problem or lost, evidence)
    policy, old = release.policy.rehearsal, trip.old.digest if trip.old else ""
    done = Rehearsed(
        new=trip.new.digest,
        old=old,
        at=release.now(),
        verified=True,
        recovery=timedelta(seconds=seconds),
        migrations_both_ways=trip.both_ways,
    )
    verdict = weigh(
        done,
        new=trip.new.digest,
        old=old,
        migrates=trip.moves is not None and trip.moves.undo == "full",
        now=release.now(),
        stale_after=timedelta(days=policy.stale_after.days),
        target=policy.recovery_target,
    )
    return Finding(verdict, evidence)
