"""``execution.production.<region>.step_<percent>``: one exposure step."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.boundary import held_at_boundary, reverted_at_boundary
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.execution.rolling import may_step
from windlass.tasks.exposing import claim, expose, live
from windlass.tasks.gates.reopening import reopen
from windlass.tasks.line import stopped_lines, why_stopped
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait

#: How often a stopped line is looked at again (seconds).
RECHECK = 10.0


async def step(release: Release, task: PlannedTask) -> Result:
    """Give the new version its share of the traffic, if the rollout may come to that now.

    A step that is behind us is not walked again: nobody is taken off the new version by a task that
    somebody cleared. Every gate is decided once more from the ledger as it is now: an approver who
    lost the role since, a waiver that ran out or a new package stops the release here.
    """
    artifact, target = artifact_of(release), str(task.args["target"])
    refusal = await _refusal(release, task)
    if refusal is not None:
        return refusal
    await claim(release, target)
    if not _is_behind(release, task):
        await expose(release, task, target, artifact, float(task.args["percent"]))
    exposure = await release.ports.deployments.current(target)
    return Done(
        {
            "target": target,
            "percent": exposure.share(artifact.version),
            "version": artifact.version,
            "package": artifact.digest,
        }
    )


def _is_behind(release: Release, task: PlannedTask) -> bool:
    """Whether the target is at a later step already."""
    exposed = release.view.exposed.get(str(task.args["target"]), 0.0)
    return exposed > float(task.args["percent"])


async def _refusal(release: Release, task: PlannedTask) -> Result | None:
    environment = str(task.args["environment"])
    stopped = why_stopped(stopped_lines(release.ledger), release.plan.product, environment)
    if stopped is not None:
        return Wait(stopped, every=RECHECK)
    not_now = _not_now(release, task)
    if not_now is not None:
        return not_now
    boundary = reverted_at_boundary(release) or held_at_boundary(release, task)
    if boundary is not None:
        return boundary
    exposed = any(
        release.view.exposed.get(target.name, 0.0) > 0 for target in release.plan.live_targets
    )
    return None if exposed else await reopen(release)


def _not_now(release: Release, task: PlannedTask) -> Result | None:
    """Why the rollout may not come to this step now; a blocked version never may."""
    if _is_behind(release, task):
        return None
    verdict = may_step(release, str(task.args["target"]), int(task.args["percent"]))
    if verdict.passed:
        return None
    blocked = live(release).blocked.get(release.version)
    if blocked is not None:
        return Fail((f"{release.version} is blocked: {blocked}",))
    return Wait("; ".join(verdict.reasons), every=RECHECK)
