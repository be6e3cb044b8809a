"""``execution.production.<region>.window``: open here, now, with time enough; and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

from windlass.decisions.windows import Purpose, WindowState, state_at
from windlass.errors import ClaimHeld
from windlass.plan.calendars import years_around
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.plan.schedules import hours_of, live_names, scope_of
from windlass.tasks.exposing import claim
from windlass.tasks.gates.reopening import reopen
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Wait

#: How often a closed window, a held lock or a shut gate is looked at again (seconds).
RECHECK = 60.0


async def window(release: Release, task: PlannedTask) -> Result:
    """Wait for the gates, the region's window and the environment lock, in that order."""
    shut = await reopen(release)
    if shut is not None:
        return shut
    target = _target(release, str(task.args["target"]))
    if release.view.day_0 is not None and release.now() < release.view.day_0:
        return Wait(f"Day 0 is {release.view.day_0.isoformat()}", until=release.view.day_0)
    state = window_of(release, target, release.now())
    if not state.open:
        return Wait(state.why, every=RECHECK, until=state.next_open)
    needed = remaining_work(release, target)
    if state.next_close is not None and release.now() + needed > state.next_close:
        why = f"{needed} of work left does not fit before {state.next_close.isoformat()}"
        return Wait(f"{why} ({state.closes_for})", every=RECHECK, until=state.next_open)
    try:
        claim(release, target.name)
    except ClaimHeld as held:
        return Wait(str(held), every=RECHECK)
    return Done(
        {
            "opened": state.why,
            "closes": state.next_close.isoformat() if state.next_close else None,
            "claim": target.name,
        }
    )


def window_of(release: Release, target: PlannedTarget, at: datetime) -> WindowState:
    """Open or closed at ``target``, at an instant, for this release."""
    product = release.product
    return state_at(
        at,
        years_around(product.calendar, at, live=live_names(product)),
        scope_of(product.product, target),
        hours_of(target),
        purpose_of(release),
    )


def purpose_of(release: Release) -> Purpose:
    """What the release is to the calendar; only an ordinary one can be frozen."""
    if release.policy.frozen:
        return Purpose.RELEASE
    is_rollback = release.plan.release_type == "rollback"
    return Purpose.ROLLBACK if is_rollback else Purpose.EMERGENCY


def remaining_work(release: Release, target: PlannedTarget) -> timedelta:
    """The least time the rollout still takes here: the bakes of the steps that are left."""
    bake = release.policy.rollout.bake
    done = release.view.exposed.get(target.name, 0.0)
    left = [index for index, percent in enumerate(target.steps) if percent > done]
    return sum((bake.at(index) for index in left), timedelta())


def _target(release: Release, name: str) -> PlannedTarget:
    return next(target for target in release.plan.targets if target.name == name)
