"""Expose a package on a target: write down what was there, claim the place, then move traffic."""

from __future__ import annotations

from typing import Any

from windlass.errors import TerminalError
from windlass.ledger.views.live import LIVE_TYPES, LiveView, fold_live
from windlass.plan.release_plan import PlannedTask
from windlass.ports.deployments import Artifact
from windlass.tasks.release import Release

#: Seconds a claim is trusted without a sign of life; afterwards the watchdog settles its holder.
LEASE = 900.0
#: Seconds one exposure may take: start, become ready, move traffic, drain. A slower one is cut off
#: and goes on at the next try, for a rollback waits so long where the step's worker died in it.
EXPOSE_DEADLINE = 60.0


def live(release: Release) -> LiveView:
    """What is live where for this product, by the ledger."""
    return fold_live(release.ledger.select(LIVE_TYPES, product=release.plan.product))


def claim(release: Release, target: str) -> None:
    """Take the environment lock of ``target``.

    Raises:
        ClaimHeld: another release holds it; says which.
    """
    if release.dry_run:
        return
    release.ledger.claims.take(
        f"{release.plan.product}/{target}", release.id, at=release.now(), lease=LEASE
    )


async def write_down_before(release: Release, target: str, artifact: Artifact) -> None:
    """Record what ``target`` serves before this release touches it; once."""
    if target in release.view.before:
        return
    exposure = await release.ports.deployments.current(target)
    stable = exposure.stable
    known = live(release).artifact(stable) if stable else None
    if stable and known is None:
        raise TerminalError(
            f"{target} serves {stable}, which the ledger does not know; the release could not "
            f"be rolled back. Take it up with: windlass adopt {release.plan.product} {target}"
        )
    release.record(
        "exposure.opened",
        key=f"opened#{target}",
        target=target,
        exposing=artifact.version,
        stable=stable,
        artifact=dict(known) if known else None,
    )


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
