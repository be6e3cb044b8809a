"""Finish what cannot be put back: all of a target that has no way back gets the new version.

Only ``execution.settle`` does this. Whoever finds a regression takes the version out of the other
targets at once; giving more users a version that did badly is never urgent, and half of a target on
each version for ever is worse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from windlass.decisions.rollout import next_move
from windlass.decisions.rollout_state import Clock, Move, MoveKind
from windlass.errors import TerminalError
from windlass.plan.release_plan import Form, Nature, PlannedTask, flag_of
from windlass.ports.deployments import Artifact
from windlass.tasks.claiming import in_hand
from windlass.tasks.execution.one_way import is_kept
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.execution.rolling import policy_of, rollout_of
from windlass.tasks.exposing import EXPOSE_DEADLINE
from windlass.tasks.ramping import ON, promote_flag
from windlass.tasks.release import Release

#: Effects of going forward belong to no task of the plan: settle and the watchdog do them.
FORWARD = PlannedTask(
    id="execution.forward",
    row="execution.forward",
    phase="execution",
    title="Roll forward",
    owners=("devops",),
    nature=Nature.TEARDOWN,
    form=Form.TASK,
)


async def roll_forward(release: Release) -> None:
    """Give each target without a way back all of the version, if the rollout's rules let it.

    Safe to repeat: every target is brought to a state, and the ledger says once that it was.

    Raises:
        EffectBusyUntil: a call on a target may still be alive.
        TerminalError: the version is blocked: a person decides.
    """
    kept = [target for target in in_hand(release) if await is_kept(release, target)]
    live = {target.name for target in release.plan.live_targets}
    move = _move(release, [target for target in kept if target in live])
    if move.kind is MoveKind.PAUSE:
        how = f"windlass lift {release.plan.product} {release.version}"
        raise TerminalError(f"{'; '.join(move.reasons)}: {how}")
    for target in kept:
        await _finish(release, target, "; ".join(move.reasons))


def _move(release: Release, kept: list[str]) -> Move:
    """The next move of what is left when everything that can go back has gone back."""
    state = rollout_of(release)
    left = replace(
        state,
        regions=tuple(region for region in state.regions if region.name in kept),
        touched=tuple(name for name in state.touched if name in kept),
    )
    return next_move(left, {}, {}, Clock(release.now()), policy_of(release))


async def _finish(release: Release, target: str, why: str) -> None:
    artifact = artifact_of(release)
    await _expose_to_all(release, target, artifact)
    release.record(
        "forward.done",
        key=f"forward#{target}",
        target=target,
        version=artifact.version,
        reason=why,
    )
    promote(release, target)


async def _expose_to_all(release: Release, target: str, artifact: Artifact) -> None:
    deployments = release.ports.deployments

    async def read() -> Any:
        exposure = await deployments.current(target)
        return {
            "share": exposure.share(artifact.version),
            "digest": exposure.digests.get(artifact.version),
        }

    async def write(current: Any) -> None:
        await deployments.expose(target, artifact, 100.0)

    await release.converge(
        FORWARD,
        target,
        kind="deployments.expose",
        read=read,
        write=write,
        want={"share": 100.0, "digest": artifact.digest},
        deadline=EXPOSE_DEADLINE,
        target=target,
    )


def promote(release: Release, target: str) -> None:
    """Say that the version is what ``target`` serves from now on, or that its flag is on."""
    if flag_of(target):
        promote_flag(release, target, ON, key=f"promoted#{target}")
        return
    artifact = artifact_of(release)
    release.record(
        "version.promoted",
        key=f"promoted#{target}",
        product=release.plan.product,
        target=target,
        version=artifact.version,
        sha=(release.view.candidate or {}).get("sha"),
        artifact={
            "version": artifact.version,
            "location": artifact.location,
            "digest": artifact.digest,
        },
    )
