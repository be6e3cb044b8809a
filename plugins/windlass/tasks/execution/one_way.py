"""Where there is no way back: what this release did to a target can no longer be undone.

Behind a migration that cannot be undone there is a way back as long as users have not met the new
version: the migration only adds, and the old version serves on beside it. Once the new version has
served, data is written that the old one was never made for. Where the deployment system itself can
take nothing out (``undo: none``, a package registry), it is the same from the first exposure on.
"""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask, flag_of
from windlass.tasks.release import Release

#: What becomes of a target whose release failed, by what the deployment system can do.
WAYS = {
    "full": "all traffic back to it",
    "halt_only": "it is halted, and what is out stays out",
    "none": "nothing is taken back, and all of it goes forward",
}
MIGRATE, STEP = "execution.production.migrate", "execution.production.step"


def planned_one_way(release: Release) -> tuple[str, ...]:
    """The tasks after which this release can only go forward; empty when it migrates nothing."""
    migrations = release.policy.rollout.migrations
    if migrations is None or migrations.undo != "none":
        return ()
    if not (release.view.scope or {}).get("migrations"):
        return ()
    return tuple(task.id for task in release.plan.rows(MIGRATE))


def end_way_back(release: Release, task: PlannedTask) -> None:
    """Write down, before the migration of a live target starts, that it cannot be undone.

    Written before: whoever finds a worker dead in the middle of it must not try to go back. Data
    of an environment that users do not see is nobody's: it is put back whatever was migrated.
    """
    if task.row != MIGRATE:
        return
    target = str(task.args["target"])
    release.record(
        "way_back.ended",
        key=f"{task.id}#one-way",
        task=task.id,
        product=release.plan.product,
        target=target,
        version=release.view.version,
        reason="a migration that cannot be undone",
    )


def is_one_way(release: Release, target: str) -> bool:
    """Whether what users met on ``target`` stays there, whatever becomes of the release."""
    if flag_of(target):
        return False  # a flag goes off wherever the code stays
    return undo_of(release) == "none" or target in release.view.one_way


def undo_of(release: Release, target: str = "") -> str:
    """What can be undone, of code by the deployment system: ``full``, ``halt_only``, ``none``."""
    if flag_of(target):
        return "full"
    return str(release.ports.deployments.undo) if release.ports.has("deployments") else "full"


async def is_kept(release: Release, target: str) -> bool:
    """Whether the version stays on ``target``: users met it there, and there is no way back.

    The ledger's "stepped" is written before the call, so the target itself is asked, too: a first
    step that never came about leaves the old version serving, and nothing to finish.
    """
    if not is_one_way(release, target):
        return False
    for task in release.plan.rows(STEP):
        record = release.view.records.get(task.id)
        if task.args["target"] == target and record is not None and record.outcome == "done":
            return True
    version = str(release.view.before[target]["exposing"])
    return (await release.ports.deployments.current(target)).share(version) > 0
