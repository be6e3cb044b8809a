"""Put every target back on the version it served before this release touched it.

Flags go off first, everywhere: that takes no more than a call, and no user meets new behaviour
while the code under it goes. The code of a place is not touched while a call on its flag may still
land, which is a matter of seconds; a flag that cannot be turned off keeps no code from going back.

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

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from windlass.errors import EffectBusy, RetryableError, TerminalError, WindlassError
from windlass.ledger import EffectBusyUntil
from windlass.plan.release_plan import Form, Nature, PlannedTask, flag_of, place_of
from windlass.ports.deployments import Artifact, Exposure
from windlass.tasks.claiming import in_hand
from windlass.tasks.execution.flags_behind import turn_off_behind
from windlass.tasks.execution.one_way import is_kept, is_one_way, undo_of
from windlass.tasks.ramping import OFF, ON, turn_off
from windlass.tasks.release import Release, ships_flags, subject

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
    failures = await _put_back_all(release)
    if not any(is_one_way(release, target) for target in in_hand(release)):
        block(release)
    if failures:
        raise min(failures, key=lambda failure: isinstance(failure, EffectBusy))


async def revert_what_is_free(release: Release, reason: str) -> None:
    """As :func:`revert`; a target that a call keeps busy is left to settle and the watchdog.

    Raises:
        WindlassError: a target could not be put back for another reason.
    """
    with suppress(EffectBusyUntil):  # all that is free has been put back when it is raised
        await revert(release, reason)


async def _put_back_all(release: Release) -> list[WindlassError]:
    """What kept targets from being put back."""
    failed: dict[str, WindlassError] = {}
    for target in way_back(in_hand(release)):
        busy = _busy_flag(target, failed)
        failure = busy or await _failure(release, target)
        if failure is not None:
            failed[target] = failure
    return list(failed.values())


def way_back(touched: Sequence[str]) -> list[str]:
    """Flags before code, and of each the last touched first.

    >>> way_back(["eu", "eu+new-cart", "us", "us+new-cart"])
    ['us+new-cart', 'eu+new-cart', 'us', 'eu']
    """
    flags = [target for target in touched if flag_of(target)]
    code = [target for target in touched if not flag_of(target)]
    return [*reversed(flags), *reversed(code)]


def _busy_flag(target: str, failed: Mapping[str, WindlassError]) -> WindlassError | None:
    """The call on a flag of this place that may still land."""
    flags = (name for name in failed if flag_of(name) and place_of(name) == target)
    return next((failed[name] for name in flags if isinstance(failed[name], EffectBusy)), None)


def block(release: Release) -> None:
    """Let nobody release the version again until a person lifts it; it may only have given way.

    Where some target has no way back, only once it went forward there: what is blocked does not.
    """
    if release.view.version is None or not _reached_users(release) or not _to_blame(release):
        return
    for what in subjects(release):
        release.record(
            "version.blocked",
            key=f"blocked#{what}",
            product=release.plan.product,
            version=what,
            reason=str((release.view.closed or {})["reason"]),
        )


def subjects(release: Release) -> list[str]:
    """What users may not meet again when this release fails: its version, or its flags on it."""
    if not ships_flags(release):
        return [release.version]
    return [subject(release, target) for target in release.view.touched if flag_of(target)]


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
    if flag_of(target):
        await _turn_off(release, target)
        return
    if await is_kept(release, target):
        return
    before = release.view.before[target]
    back_to = _artifact(before.get("artifact"))
    version = str(before["exposing"])
    if back_to is not None and back_to.version == version:
        return

    await turn_off_behind(release, REVERT, target, back_to.version if back_to else None)

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


async def _turn_off(release: Release, target: str) -> None:
    before = release.view.before[target]
    await turn_off(release, REVERT, target)
    release.record(
        "revert.done",
        key=f"reverted#{target}#{before['seq']}",
        target=target,
        version=ON,
        back_to=OFF,
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
    return any(release.plan.is_live(target) for target in release.view.touched)


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
