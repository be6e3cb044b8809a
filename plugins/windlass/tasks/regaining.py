"""After a more urgent release is through: take the environment again, as it was left."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask, place_of
from windlass.tasks.claiming import wanted
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.exposing import claim, expose, write_down_before
from windlass.tasks.giving_way import USERS, give_way
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait

#: How often an environment that was given up is looked at again (seconds).
RECHECK = 10.0
OF_PRODUCTION = "execution.production."


async def regain(release: Release, task: PlannedTask) -> Result | None:
    """Give up what a more urgent release wants; take back what ``task`` needs of it.

    None when nothing was ever taken from this release, or ``task`` does not need it.

    Raises:
        ClaimHeld: the other is not through.
    """
    if not release.view.preempted:
        return None
    for target in wanted(release):
        waits = await give_way(release, target)
        if waits is not None:
            return Wait(waits, every=RECHECK)
    for target in tuple(release.view.preempted):
        if _needs(release, task, target):
            await _take_back(release, task, target)
    return None


async def _take_back(release: Release, task: PlannedTask, target: str) -> None:
    await claim(release, target)
    if target in release.view.touched and release.view.candidate is not None:
        await write_down_before(release, target, artifact_of(release), regained=True)
        await expose(release, task, target, artifact_of(release), 100.0)
    release.record("preemption.over", key=f"regained#{target}#{release.view.seq}", target=target)


def _needs(release: Release, task: PlannedTask, target: str) -> bool:
    if release.plan.is_live(target):
        mine = place_of(str(task.args.get("target", "")))
        return task.row.startswith(OF_PRODUCTION) and mine == target
    return task.row in USERS or task.args.get("target") == target
