"""Whether a step of the rollout may be done now, be it of code or of a flag."""

from __future__ import annotations

from windlass.decisions.rollout_state import Share
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.boundary import held_at_boundary, reverted_at_boundary
from windlass.tasks.execution.rolling import may_step, reached
from windlass.tasks.exposing import live
from windlass.tasks.gates.reopening import reopen
from windlass.tasks.line import stopped_lines, why_stopped
from windlass.tasks.release import Release
from windlass.tasks.results import Fail, Result, Wait

#: How often a stopped line is looked at again (seconds).
RECHECK = 10.0


async def not_now(release: Release, task: PlannedTask) -> Result | None:
    """Why the step may not be done now; None when it may.

    Every gate is decided once more from the ledger as it is now: an approver who lost the role
    since, a waiver that ran out or a new package stops the release here.
    """
    environment = str(task.args["environment"])
    stopped = why_stopped(stopped_lines(release.ledger), release.plan.product, environment)
    if stopped is not None:
        return Wait(stopped, every=RECHECK)
    early = _too_early(release, task)
    if early is not None:
        return early
    boundary = reverted_at_boundary(release) or held_at_boundary(release, task)
    if boundary is not None:
        return boundary
    exposed = any(release.plan.is_live(target) for target in release.view.exposed)
    return None if exposed else await reopen(release)


def is_behind(release: Release, task: PlannedTask) -> bool:
    """Whether the target is at a later step already."""
    target = release.plan.target(str(task.args["target"]))
    return reached(release, target, target.steps) > target.steps.index(share_of(task))


def share_of(task: PlannedTask) -> Share:
    """What the step comes to: an audience, or a percent."""
    return str(task.args["audience"]) if task.args.get("audience") else int(task.args["percent"])


def _too_early(release: Release, task: PlannedTask) -> Result | None:
    """Why the rollout may not come to this step now; a blocked version never may."""
    if is_behind(release, task):
        return None
    verdict = may_step(release, str(task.args["target"]), share_of(task))
    if verdict.passed:
        return None
    blocked = live(release).blocked.get(release.version)
    if blocked is not None:
        return Fail((f"{release.version} is blocked: {blocked}",))
    return Wait("; ".join(verdict.reasons), every=RECHECK)
