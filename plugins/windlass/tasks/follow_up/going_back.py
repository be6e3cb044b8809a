"""Roll back a released version: by a run of ``<product>.rollback``, else here and now."""

from __future__ import annotations

from typing import Any

from windlass.errors import WindlassError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.revert import put_back
from windlass.tasks.exposing import claim
from windlass.tasks.follow_up.after_production import replaced_on, wanted_targets
from windlass.tasks.release import Release
from windlass.tasks.results import Fail
from windlass.tasks.starting import Starter, start_once


async def go_back(release: Release, task: PlannedTask, reason: str) -> Fail:
    """Ask for the rollback; where Airflow cannot start one, do it in this process.

    Raises:
        ClaimHeld: another release is at work on a target; try again.
    """
    run: str | None = None
    if release.starter is not None:
        run = await _started(release, task, release.starter, reason)
    if run is None:
        await _here(release, reason)
        return Fail((f"rolled back: {reason}",))
    release.record("exposure.closed", key="closed", reason=reason, rollback=run)
    return Fail((f"rolls back ({run}): {reason}",))


async def _started(
    release: Release, task: PlannedTask, starter: Starter, reason: str
) -> str | None:
    """The run's name, or None when it could not be started: then nobody may wait for it."""
    dag_id = f"{release.plan.product}.rollback"
    try:
        return await start_once(
            release, task, starter, dag_id=dag_id, what="rollback", conf=_conf(release, reason)
        )
    except WindlassError as problem:
        release.record(
            "evidence",
            key=f"{task.id}#no-run#{release.attempt(task)}",
            task=task.id,
            note=f"{dag_id} could not be started; rolls back here: {problem}",
        )
        return None


def _conf(release: Release, reason: str) -> dict[str, Any]:
    """The form of the rollback: only the regions that still serve this version."""
    replaced = replaced_on(release)
    regions = [t.region for t in wanted_targets(release) if t.region and t.name not in replaced]
    conf: dict[str, Any] = {"reason": "rollback", "note": reason[:500]}
    return {**conf, "regions": regions} if regions else conf


async def _here(release: Release, reason: str) -> None:
    """Put back what still serves this version, under our own claim, and say what is live again.

    Only live targets: an environment that users do not see may be the next release's by now.
    """
    replaced = replaced_on(release)
    targets = [t.name for t in wanted_targets(release) if t.name not in replaced]
    for target in targets:
        await claim(release, target, as_rollback=True)
    release.record("exposure.closed", key="closed", reason=reason)
    for target in reversed(targets):
        await put_back(release, target)
        _live_again(release, target)
        release.ledger.claims.free(f"{release.plan.product}/{target}", release.id)
    release.record(
        "version.blocked",
        key=f"blocked#{release.version}",
        product=release.plan.product,
        version=release.version,
        reason=reason,
    )


def _live_again(release: Release, target: str) -> None:
    before = release.view.before[target]
    if before.get("artifact"):
        release.record(
            "version.promoted",
            key=f"back#{target}",
            product=release.plan.product,
            target=target,
            version=before["stable"],
            artifact=dict(before["artifact"]),
        )
