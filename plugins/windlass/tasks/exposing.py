"""Expose a package on a target: write down what was there, claim the place, then move traffic."""

from __future__ import annotations

from typing import Any

from windlass.errors import ClaimHeld, TerminalError
from windlass.ledger.views.live import LIVE_TYPES, LiveView, fold_live
from windlass.plan.release_plan import PlannedTask, flag_of
from windlass.ports.deployments import Artifact, Exposure
from windlass.tasks.claiming import claim_name, held_by_another
from windlass.tasks.meeting import contend
from windlass.tasks.ramping import ON, exposure_of_flag
from windlass.tasks.release import Release

#: Seconds a claim is trusted without a sign of life; afterwards the watchdog settles its holder.
LEASE = 900.0
#: Seconds one exposure may take: start, become ready, move traffic, drain. A slower one is cut off
#: and goes on at the next try, for a rollback waits so long where the step's worker died in it.
EXPOSE_DEADLINE = 60.0


def live(release: Release) -> LiveView:
    """What is live where for this product, by the ledger."""
    return fold_live(release.ledger.select(LIVE_TYPES, product=release.plan.product))


async def never_used(release: Release, target: str) -> bool:
    """Whether nothing was ever put on ``target``: there is nothing yet that could be well or ill.

    Where deployments cannot be asked, the ledger alone decides.
    """
    if live(release).on(target) is not None:
        return False
    if not release.ports.has("deployments"):
        return True
    return (await release.ports.deployments.current(target)).stable is None


async def serving(release: Release, target: str) -> Exposure:
    """What ``target`` serves now, be it a place or a feature flag there."""
    if flag_of(target):
        return await exposure_of_flag(release, target)
    return await release.ports.deployments.current(target)


def brings(release: Release, target: str) -> str:
    """What ``target`` serves when this release is through with it: the version, or a flag on."""
    return ON if flag_of(target) else release.version


async def claim(release: Release, target: str, *, as_rollback: bool = False) -> None:
    """Take the environment lock of ``target``, from a less urgent release if need be.

    Args:
        as_rollback: what is done under it is a rollback, whatever the release's own type.

    Raises:
        ClaimHeld: another release holds it; says which, and who goes first.
    """
    if release.dry_run:
        return
    try:
        _take(release, target)
    except ClaimHeld as held:
        await contend(release, target, held, as_rollback=as_rollback)
        _take(release, target)


def _take(release: Release, target: str) -> None:
    release.ledger.claims.take(
        claim_name(release, target), release.id, at=release.now(), lease=LEASE
    )


async def write_down_before(
    release: Release, target: str, artifact: Artifact, *, regained: bool = False
) -> None:
    """Record what ``target`` serves before this release touches it.

    Once it is touched nothing changes that; until then another release may have put its own there.
    ``regained``: it was given up and put back in between, so that what counts is there now.
    """
    if target in release.view.touched and not regained:
        return
    exposure = await release.ports.deployments.current(target)
    stable = exposure.stable
    before = release.view.before.get(target)
    if before is not None and before["stable"] == stable and not regained:
        return
    known = live(release).artifact(stable) if stable else None
    if stable and known is None:
        if held_by_another(release, target):
            return  # what is put there now is put back before this release gets the place
        raise TerminalError(
            f"{target} serves {stable}, which the ledger does not know; the release could not "
            f"be rolled back. Take it up with: windlass adopt {release.plan.product} {target}"
        )
    release.record(
        "exposure.opened",
        key=f"opened#{target}#{stable}#{_time(release, target) if regained else 0}",
        target=target,
        exposing=artifact.version,
        stable=stable,
        artifact=dict(known) if known else None,
        regained=regained,
    )


def _time(release: Release, target: str) -> int:
    """Which time it is that ``target`` was taken from this release."""
    return int(release.view.preempted[target]["seq"])


async def expose(
    release: Release, task: PlannedTask, target: str, artifact: Artifact, percent: float
) -> None:
    """Bring ``target`` to ``percent`` of ``artifact``; refused once the exposure is closed.

    The package counts, not its version: a new candidate has the old one's version. A target that
    does not say which package it runs is set again each time; that changes nothing there.
    """
    await write_down_before(release, target, artifact)
    release.record(
        "exposure.stepped",
        key=f"{task.id}#stepped#{artifact.digest}",
        task=task.id,
        target=target,
        version=artifact.version,
        percent=percent,
    )

    async def read() -> Any:
        exposure = await release.ports.deployments.current(target)
        known = exposure.digests.get(artifact.version)
        return {"share": exposure.share(artifact.version), "digest": known}

    async def write(current: Any) -> None:
        await release.ports.deployments.expose(target, artifact, percent)

    await release.converge(
        task,
        f"expose-{target}",
        kind="deployments.expose",
        read=read,
        write=write,
        want={"share": percent, "digest": artifact.digest},
        deadline=EXPOSE_DEADLINE,
        unless_closed=True,
        target=target,
    )
