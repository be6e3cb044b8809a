"""What a rollout does when the window closes under it, or a freeze begins: ``rollout.at_close``.

``finish_wave``: a region that has begun goes on to its end; those that have not wait for their own
windows. ``hold``: it stays at its step, watched, until the window opens again. ``revert``: every
region goes back to what it served.
"""

from __future__ import annotations

from windlass.decisions.rollout_state import shown
from windlass.plan.release_plan import PlannedTarget, PlannedTask, place_of
from windlass.tasks.calendars import calendar_heads, window_of
from windlass.tasks.execution.rolling import region_is_done, region_of
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.release import Release
from windlass.tasks.results import Fail, Wait


def held_at_boundary(release: Release, task: PlannedTask) -> Wait | None:
    """Why the next step of a region that has begun must wait, with ``at_close: hold``."""
    if release.policy.rollout.at_close != "hold":
        return None
    place = place_of(str(task.args["target"]))
    target = next(t for t in release.plan.live_targets if t.name == place)
    if not _begun(release, target):
        return None  # its window task has just found it open
    seen = calendar_heads(release)
    state = window_of(release, target, release.now())
    if state.open:
        return None
    opens = f", opens {state.next_open:%a %F %H:%M} UTC" if state.next_open else ""
    last = _begun(release, target)[-1]
    stays = shown(region_of(release, last).percent)
    why = f"{last.name} stays at {stays}: {state.why}{opens}"
    return Wait(why, until=state.next_open, also=seen)


def reverted_at_boundary(release: Release) -> Fail | None:
    """Why everything goes back, with ``at_close: revert``; whoever looks first finds it."""
    if release.policy.rollout.at_close != "revert":
        return None
    for target in release.plan.live_targets:
        is_done = all(region_is_done(release, each.name) for each in _here(release, target))
        if is_done or not _begun(release, target):
            continue
        state = window_of(release, target, release.now())
        if not state.open:
            return Fail(
                (f"the window of {target.name} closed before its rollout was done: {state.why}",)
            )
    return None


def _begun(release: Release, target: PlannedTarget) -> list[PlannedTarget]:
    """What users of the place have met of this release."""
    return [each for each in _here(release, target) if each.name in release.view.exposed]


def _here(release: Release, target: PlannedTarget) -> list[PlannedTarget]:
    """What this release brings there: its code, its flags."""
    return [each for each in rollout_targets(release) if each.place == target.place]
