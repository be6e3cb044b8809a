"""A release gives an environment up to a more urgent one: put back first, then the lock.

The urgent release does this itself with the other's new token, and so does whatever task of the
other one runs next: both only bring things to a state. Nothing depends on the other's DAG.
"""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.claiming import claim_name
from windlass.tasks.execution.revert import put_back, revert
from windlass.tasks.release import Release
from windlass.tasks.results import Done

#: Rows that look at an environment while they run: what they saw meanwhile says nothing.
USERS = (
    "validation.quality.suite",
    "validation.acceptance.demonstrate",
    "validation.readiness.rehearsal",
    "execution.environment.smoke",
    "execution.environment.services",
)


async def give_way(release: Release, target: str) -> str | None:
    """Put ``target`` back and free it for the release that wants it.

    Users that see the version: everything of it is put back, which ends the release. An
    environment that users do not see is put back alone; the release does it again later.

    Returns:
        What it still waits for, or None when the target is given up.
    """
    why = _why(release, target)
    plan = release.plan
    if plan.is_live(target) and any(plan.is_live(name) for name in release.view.exposed):
        by = release.view.preempted[target]["by"]
        release.record("exposure.closed", key="closed", reason=why, preempted_by=by)
        await revert(release, why)
        return await _settled(release)
    effects = release.ledger.effects(release.id, token=release.token, clock=release.now)
    quiet_at = effects.quiet_at()
    if quiet_at is not None:
        return f"a call of {release.id} may still land until {quiet_at.isoformat()}"
    if target in release.view.touched:
        _start_again(release, why)
        await put_back(release, target)
    release.ledger.claims.free(
        claim_name(release, target), release.id, at=release.now(), token=release.token
    )
    return None


async def _settled(release: Release) -> str | None:
    from windlass.tasks.perform import perform  # settle is performed as any other task

    result = await perform(release, "execution.settle")
    return None if isinstance(result, Done) else f"{release.id} is being put back: {result}"


def _start_again(release: Release, why: str) -> None:
    """Clear what was looking at the environment and has no result yet."""
    running = [task.id for task in release.plan.tasks if _is_looking(release, task)]
    if running:
        key = f"gave-way#{release.view.seq}"
        release.record("task.cleared", key=key, tasks=running, reason=why)


def _is_looking(release: Release, task: PlannedTask) -> bool:
    view = release.view
    return task.row in USERS and task.id in view.started and view.record(task.id) is None


def _why(release: Release, target: str) -> str:
    data = release.view.preempted[target]
    return f"preempted by {data['by']}: {data['reason']}"
