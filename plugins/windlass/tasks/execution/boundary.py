"""What a rollout does when the window closes under it, or a freeze begins: ``rollout.at_close``.

``finish_wave``: a region that has begun goes on to its end; those that have not wait for their own
windows. ``hold``: it stays at its step, watched, until the window opens again. ``revert``: every
region goes back to what it served.
"""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.tasks.calendars import calendar_heads, window_of
from windlass.tasks.execution.rolling import region_is_done
from windlass.tasks.release import Release
from windlass.tasks.results import Fail, Wait


def held_at_boundary(release: Release, task: PlannedTask) -> Wait | None:
    """Why the next step of a region that has begun must wait, with ``at_close: hold``."""
    if release.policy.rollout.at_close != "hold":
        return None
    target = next(t for t in release.plan.live_targets if t.name == task.args["target"])
    if not _begun(release, target):
        return None  # its window task has just found it open
    seen = calendar_heads(release)
    state = window_of(release, target, release.now())
    if state.open:
        return None
    opens = f", opens {state.next_open:%a %F %H:%M} UTC" if state.next_open else ""
    why = f"{target.name} stays at {release.view.exposed[target.name]:g} %: {state.why}{opens}"
    return Wait(why, until=state.next_open, also=seen)


def reverted_at_boundary(release: Release) -> Fail | None:
    """Why everything goes back, with ``at_close: revert``; whoever looks first finds it."""
    if release.policy.rollout.at_close != "revert":
        return None
    for target in release.plan.live_targets:
        if not _begun(release, target) or region_is_done(release, target.name):
            continue
        state = window_of(release, target, release.now())
        if not state.open:
            return Fail(
                (f"the window of {target.name} closed before its rollout was done: {state.why}",)
            )
    return None


def _begun(release: Release, target: PlannedTarget) -> bool:
    return release.view.exposed.get(target.name, 0.0) > 0
