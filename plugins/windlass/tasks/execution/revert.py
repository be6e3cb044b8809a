"""Put every target back on the version it served before this release touched it.

Whoever finds that the release must not go on calls :func:`revert` in its own process at once:
the judge, the watch, an abort, the watchdog, ``settle``. All of them may run side by side: each
target is brought to a state, and the state is compared with what is there first.

Calls on one target wait for each other: a step's write that landed after the revert's would undo
it, and two at once may leave a vendor half way between. A step that is still alive ends in seconds,
or is refused before its call, because the exposure is closed. Only a step whose worker died in its
call holds the revert up, for what is left of its deadline
(:data:`~windlass.tasks.exposing.EXPOSE_DEADLINE`), since nobody can tell that it will not land any
more. The other targets do not wait for that one: they are put back first.
"""

from __future__ import annotations

from typing import Any

from windlass.errors import EffectBusy, RetryableError, TerminalError, WindlassError
from windlass.ledger import EffectBusyUntil
from windlass.plan.release_plan import Form, Nature, PlannedTask
from windlass.ports.deployments import Artifact, Exposure
from windlass.tasks.claiming import in_hand
from windlass.tasks.execution.one_way import is_kept, is_one_way, undo_of
from windlass.tasks.release import Release

#: Seconds one target may take to drain and switch back; as much for whoever takes over.
RETRACT_DEADLINE = 60.0

#: Effects of a revert belong to no task of the plan: anybody may do them.
REVERT = PlannedTask(
    id="execution.revert",
    row="execution.revert",
    phase="execution",
    title="Roll back",
    owners=("devops",),
    nature=Nature.TEARDOWN,
    form=Form.TASK,
)


async def revert(release: Release, reason: str) -> None:
    """Close the exposure, then take the version out of every touched target, last first.

    The first event, ``exposure.closed``, is what every step checks before it exposes more. Where
    one target cannot be put back now, the others are.

    Raises:
        EffectBusyUntil: a call on a target may still be alive; says until when.
        WindlassError: a target could not be put back. Call again: what is done stays done.
    """
    release.record("exposure.closed", key="closed", reason=reason)
    failures = [
        failure
        for target in reversed(in_hand(release))
        if (failure := await _failure(release, target)) is not None
    ]
    if not any(is_one_way(release, target) for target in in_hand(release)):
        block(release)
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, EffectBusy))


def block(release: Release) -> None:
    """Let nobody release the version again until a person lifts it; it may only have given way.

    Where some target has no way back, only once it went forward there: what is blocked does not.
    """
    if release.view.version is None or not _reached_users(release) or not _to_blame(release):
        return
    release.record(
        "version.blocked",
        key=f"blocked#{release.version}",
        product=release.plan.product,
        version=release.version,
        reason=str((release.view.closed or {})["reason"]),
    )


async def _failure(release: Release, target: str) -> WindlassError | None:
    """What keeps ``target`` from being put back now; None also where it is not to be."""
    try:
        await put_back(release, target)
    except EffectBusyUntil as busy:
        release.record(
            "revert.waits",
            key=f"waits#{target}#{busy.quiet_at.isoformat()}",
            target=target,
            until=busy.quiet_at.isoformat(),
            reason=str(busy),
        )
        return busy
    except (RetryableError, TerminalError) as failure:
        return failure
    return None


async def put_back(release: Release, target: str) -> None:
    """Bring one target back to what it served before; records it once it is seen to.

    What users met where there is no way back stays: settle brings that forward.
    """
    if await is_kept(release, target):
        return
    before = release.view.before[target]
    back_to = _artifact(before.get("artifact"))
    version = str(before["exposing"])
    if back_to is not None and back_to.version == version:
        return

    async def read() -> dict[str, Any]:
        return _state(await release.ports.deployments.current(target), version)

    async def write(current: Any) -> None:
        await release.ports.deployments.retract(target, version, back_to)

    await release.converge(
        REVERT,
        target,
        kind="deployments.retract",
        read=read,
        write=write,
        want={"share": 0.0, "stable": back_to.version if back_to else None},
        deadline=RETRACT_DEADLINE,
        target=target,
    )
    release.record(
        "revert.done",
        key=f"reverted#{target}#{before['seq']}",
        target=target,
        version=version,
        **await _came_of_it(release, target, version, back_to),
    )


async def _came_of_it(
    release: Release, target: str, version: str, back_to: Artifact | None
) -> dict[str, Any]:
    """What most users of the target have now; ``left``: the percent that a halt leaves behind."""
    if undo_of(release) == "full":
        return {"back_to": back_to.version if back_to else None}
    exposure = await release.ports.deployments.current(target)
    return {"back_to": exposure.stable, "left": exposure.share(version)}


def _state(exposure: Exposure, version: str) -> dict[str, Any]:
    return {"share": exposure.share(version), "stable": exposure.stable}


def _artifact(data: Any) -> Artifact | None:
    return Artifact(**data) if data else None


def _reached_users(release: Release) -> bool:
    live = {target.name for target in release.plan.live_targets}
    return any(target in live for target in release.view.touched)


def _to_blame(release: Release) -> bool:
    """Whether the version is the reason; one that only gave way may be released again."""
    return not (release.view.closed or {}).get("preempted_by")


def artifact_of(release: Release) -> Artifact:
    """The package this release ships.

    Raises:
        TerminalError: there is none yet.
    """
    candidate = release.view.candidate
    if candidate is None:
        raise TerminalError("no package is built yet: validation.candidate comes first")
    return Artifact(
        version=candidate["version"], location=candidate["location"], digest=candidate["digest"]
    )
