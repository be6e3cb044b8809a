"""``execution.watch``: somebody looks from the first exposure until settle.

Steps and judges come and go, wait for people and for windows. This task does not: a breach while
the release waits at a human gate, an abort, a stopped line all roll back from here.
"""

from __future__ import annotations

from datetime import timedelta

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.boundary import reverted_at_boundary
from windlass.tasks.execution.judging import judged_now
from windlass.tasks.execution.rolling import reached
from windlass.tasks.execution.stepping import share_of
from windlass.tasks.execution.turned_off import RAMP, turned_off
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait

#: What brings users something new.
STEPS = ("execution.production.step", RAMP)


async def watch(release: Release, task: PlannedTask) -> Result:
    """Look at every exposed target; done when the last step of the plan is done."""
    with release.one_moment() as view:
        if view.closed:
            return Fail((str(view.closed["reason"]),))
        if _finished(release):
            return Done({"looked_at": sorted(view.exposed)})
        stopped = reverted_at_boundary(release)
    stopped = stopped or await turned_off(release)
    if stopped is not None:
        return stopped
    every = release.policy.judge.interval
    for target in rollout_targets(release):
        with release.one_moment() as view:
            exposed = target.name in view.exposed
            looks = exposed and not _judged_elsewhere(release, target.name)
            moving = looks and _is_moving(release, target.name)
        if looks:
            verdict = await judged_now(release, task, target.name, moving=moving)
            if verdict is not None:
                return Fail(verdict)
    return Wait("watches every exposed target", every=max(1.0, every / timedelta(seconds=1)))


def _finished(release: Release) -> bool:
    """Whether everything in production has ended; a product may have no checks of its own there."""
    tasks = [task for task in release.plan.tasks if task.row.startswith("execution.production.")]
    return all(release.view.record(task.id) is not None for task in tasks)


def _is_moving(release: Release, target: str) -> bool:
    """Whether the step that ``target`` comes to is not done: its process may have died in it."""
    planned = release.plan.target(target)
    now = reached(release, planned, planned.steps)
    return any(
        task.args["target"] == target
        and planned.steps.index(share_of(task)) == now
        and release.view.record(task.id) is None
        for row in STEPS
        for task in release.plan.rows(row)
    )


def _judged_elsewhere(release: Release, target: str) -> bool:
    """Whether a judge of that target is looking at this moment, not parked on a question."""
    parked = {asked.question["task"] for asked in release.view.open_questions()}
    return any(
        task.args.get("target") == target
        and task.id in release.view.started
        and task.id not in parked
        and release.view.record(task.id) is None
        for task in release.plan.rows("execution.production.judge")
    )
