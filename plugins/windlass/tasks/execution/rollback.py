"""``execution.production.<region>.retract``: by hand, back to an earlier good version."""

from __future__ import annotations

from typing import Any

from windlass.ledger.views.live import LiveView, Running
from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import FLAG_SIGN, PlannedTask, flag_of
from windlass.ports.deployments import Artifact
from windlass.tasks.claiming import put_back_for
from windlass.tasks.execution.flags_behind import turn_off_behind
from windlass.tasks.execution.revert import RETRACT_DEADLINE
from windlass.tasks.exposing import claim, live
from windlass.tasks.follow_up.after_production import wanted_targets
from windlass.tasks.meeting import supersede
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Skip


async def retract(release: Release, task: PlannedTask) -> Result:
    """Bring one target back; no freeze, window or gate stands in the way of that.

    What is on the way out there gives way first. That alone is the rollback, unless another version
    is asked for. Where the version that was to be taken out is replaced, there is nothing to do.
    """
    target = str(task.args["target"])
    wanted, view = release.inputs.to_version, live(release)
    if view.on(target) is None:
        return Skip(f"the ledger knows nothing that is live on {target}")
    if wanted and not view.was_on(target, wanted):
        return Fail((f"{target}: {wanted} was never live here",))
    if (replaced := _replaced(release, view, target)) is not None:
        return replaced
    await claim(release, target)
    return await _go_back(release, task, target)


async def _go_back(release: Release, task: PlannedTask, target: str) -> Result:
    """Under the lock, with what is live by now: whoever held it may have left something else."""
    view, wanted = live(release), release.inputs.to_version
    running = view.on(target)
    if running is None:
        return Skip(f"the ledger knows nothing that is live on {target}")
    if (replaced := _replaced(release, view, target)) is not None:
        return replaced
    halted = put_back_for(release, target)
    if halted is not None and _was_meant(release, halted, running.version):
        return _took_back(release, running.version, halted)
    if running.version == wanted:
        return Done({"back_to": wanted, "note": "it serves that already"})
    earlier = view.earlier(target, wanted)
    if earlier is None or earlier.artifact is None:
        which = wanted or "an earlier good version"
        return Fail((f"{target}: {which} was never live here, or its package is not known",))
    if earlier.version == running.version:  # somebody went back meanwhile: it is not to blame
        note = "it serves the last good version already"
        return Done({"back_to": running.version, "note": note})
    for_good = view.behind(target, earlier.version)
    if for_good is not None:
        return Fail((_only_forward(release, target, earlier.version, for_good),))
    return await _to(release, task, target, running.version, earlier)


def _replaced(release: Release, view: LiveView, target: str) -> Skip | None:
    """What to say where the version that was to be taken out is not live any more."""
    unwanted, running = release.inputs.from_version, view.on(target)
    if unwanted is None or running is None or running.version == unwanted:
        return None
    if running.release == release.id:
        return None  # it was taken out by this very rollback
    end_if_superseded(release, view)
    return Skip(f"{target} serves {running.version}, not {unwanted}, which was to be taken out")


def end_if_superseded(release: Release, view: LiveView) -> None:
    """End a rollback that comes too late: what it was to take out is live nowhere any more."""
    unwanted = release.inputs.from_version
    found = [view.on(target.name) for target in wanted_targets(release)]
    known = [running for running in found if running is not None]
    if unwanted is None or not known:
        return
    if any(each.version == unwanted or each.release == release.id for each in known):
        return
    newest = max(known, key=lambda running: running.since)
    reason = f"{unwanted}, which was to be taken out, is replaced by {newest.version}"
    supersede(release, newest.release or newest.version, reason)


def _was_meant(release: Release, halted: ReleaseView, running: str) -> bool:
    """Whether to put back what was on its way out there is all that was asked for."""
    unwanted = release.inputs.from_version
    return release.inputs.to_version in (None, running) and unwanted in (None, halted.version)


async def _to(
    release: Release, task: PlannedTask, target: str, version: str, earlier: Running
) -> Result:
    back_to = Artifact(**(earlier.artifact or {}))
    if not await release.ports.deployments.available(back_to):
        return Fail((f"{target}: the package of {back_to.version} cannot be had any more",))
    await turn_off_behind(release, task, target, back_to.version)
    await _bring_back(release, task, target, version, back_to)
    release.record(
        "version.promoted",
        key=f"rolled-back#{target}",
        product=release.plan.product,
        target=target,
        version=back_to.version,
        sha=earlier.sha,
        artifact=dict(earlier.artifact or {}),
    )
    _block(release, version)
    return Done({"back_to": back_to.version, "from": version})


def _only_forward(release: Release, target: str, wanted: str, for_good: str) -> str:
    """Nobody sees to it that the old version can live with what the new one wrote."""
    how = f"{release.plan.product}.emergency"
    return (
        f"{target}: {for_good} migrated the data for good: there is no way back to {wanted}; "
        f"go forward with a fix: {how}"
    )


def _took_back(release: Release, version: str, halted: ReleaseView) -> Done:
    """What users met on the way out was put back to make room: that was the rollback."""
    what = _on_its_way(halted)
    for each in what:
        _block(release, each)
    return Done({"back_to": version, "from": ", ".join(what) or None})


def _on_its_way(halted: ReleaseView) -> list[str]:
    """The version that was going out; of a release that brought only flags, those on it."""
    if halted.version is None:
        return []
    flags = [name for name in halted.touched if flag_of(name)]
    only = len(flags) == len(halted.touched)
    return [f"{halted.version}{FLAG_SIGN}{flag_of(f)}" for f in flags] if only else [halted.version]


def _block(release: Release, version: str) -> None:
    release.record(
        "version.blocked",
        key=f"blocked#{version}",
        product=release.plan.product,
        version=version,
        reason=_why(release),
    )


def _why(release: Release) -> str:
    return f"rolled back by {release.inputs.by}: {release.inputs.note or release.inputs.reason}"


async def _bring_back(
    release: Release, task: PlannedTask, target: str, version: str, back_to: Artifact
) -> None:
    deployments = release.ports.deployments

    async def read() -> Any:
        exposure = await deployments.current(target)
        return {"share": exposure.share(version), "stable": exposure.stable}

    async def write(current: Any) -> None:
        await deployments.retract(target, version, back_to)

    await release.converge(
        task,
        f"retract-{target}",
        kind="deployments.retract",
        read=read,
        write=write,
        want={"share": 0.0, "stable": back_to.version},
        deadline=RETRACT_DEADLINE,
        target=target,
    )
