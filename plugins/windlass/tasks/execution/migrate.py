"""``…migrate``: the additive half of a database migration, after a fresh backup."""

from __future__ import annotations

from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.pipelines import RunState
from windlass.tasks.execution.one_way import MIGRATE, end_way_back
from windlass.tasks.piping import marker_of, request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait

ROWS = (MIGRATE, "execution.environment.migrate")


async def migrate(release: Release, task: PlannedTask) -> Result:
    """Back up, expand, prove. What cannot be undone is written down before it is done."""
    migrations = release.policy.rollout.migrations
    if migrations is None or not (release.view.scope or {}).get("migrations"):
        return Done({"migrated": False, "note": "this release brings no migration"})
    environment = release.product.environment(str(task.args["environment"]))
    evidence: dict[str, Any] = {"migrated": True, "undo": migrations.undo}
    if migrations.undo == "none":
        end_way_back(release, task)
    if migrations.backup and environment.live and release.ports.has("backups"):
        evidence["backup"] = await _backup(release, task)
    request = request_for(release, task, migrations.expand, ref=_sha(release))
    status = await run_pipeline(release, task, "expand", request)
    if isinstance(status, Wait):
        return status
    if status.state is not RunState.PASSED:
        return Fail((f"the migration of {_target(task)} failed: {status.tail[-400:]}",))
    return Done({**evidence, "seconds": status.seconds})


async def still_migrating(release: Release) -> dict[str, str]:
    """Targets where a migration was started and nobody has seen its end, each with what is known.

    Until then such a target is nobody else's, whoever died.
    """
    found = {}
    for task in release.plan.tasks:
        begun = task.row in ROWS and task.id in release.view.started
        if begun and release.view.record(task.id) is None:
            said = await _what_runs(release, task)
            if said:
                found[_target(task)] = said
    return found


async def _what_runs(release: Release, task: PlannedTask) -> str:
    effects = release.ledger.effects(release.id, token=release.token, clock=release.now)
    quiet_at = effects.quiet_at()
    if quiet_at is not None:
        return f"{task.id} may still be started until {quiet_at.isoformat()}"
    run = await release.ports.pipelines.find(marker_of(release, task))
    if run is None or (await release.ports.pipelines.poll(run)).state.over:
        return ""
    return f"{task.id} still runs"


def _sha(release: Release) -> str:
    return str((release.view.candidate or {})["sha"])


def _target(task: PlannedTask) -> str:
    return str(task.args.get("target") or task.args["environment"])


async def _backup(release: Release, task: PlannedTask) -> str:
    backups, target = release.ports.backups, _target(task)
    marker = f"{release.id}#{task.id}"

    async def find() -> str | None:
        backup = await backups.find(target, marker)
        return backup.id if backup else None

    async def do() -> str:
        return (await backups.create(target, marker=marker)).id

    return str(
        await release.once(
            task, "backup", kind="backups.create", find=find, do=do, idempotency=Idempotency.MARKER
        )
    )
