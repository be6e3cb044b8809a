"""Where a release stands after production: who sees it, since when, how long it is watched."""

from __future__ import annotations

from datetime import datetime

from windlass.plan.release_plan import PlannedTarget
from windlass.tasks.days import watched_after
from windlass.tasks.exposing import live
from windlass.tasks.ramping import ON
from windlass.tasks.release import Release, ships_flags

MONITOR = "follow_up.monitor"
SETTLE = "execution.settle"


def wanted_targets(release: Release) -> tuple[PlannedTarget, ...]:
    """The live targets that this release is for, in the plan's order."""
    regions = release.inputs.regions
    return tuple(
        target
        for target in release.plan.live_targets
        if not regions or not target.region or target.region in regions
    )


def wanted_ramps(release: Release) -> tuple[PlannedTarget, ...]:
    """The flags that this release ramps, at each of its places, in the plan's order."""
    places = {target.name for target in wanted_targets(release)}
    flags = release.inputs.flags
    return tuple(ramp for ramp in release.plan.ramps if ramp.flag in flags and ramp.place in places)


def rollout_targets(release: Release) -> tuple[PlannedTarget, ...]:
    """All that this release exposes to users, in order: the code of a place, then its flags."""
    found: list[PlannedTarget] = []
    for target in wanted_targets(release):
        found += [] if ships_flags(release) else [target]
        found += [ramp for ramp in wanted_ramps(release) if ramp.place == target.name]
    return tuple(found)


def watched_targets(release: Release) -> tuple[PlannedTarget, ...]:
    """What is watched after production: the code of every place, with whatever flags it has.

    A release that brought no code watches the users of its flags.
    """
    return wanted_ramps(release) if ships_flags(release) else wanted_targets(release)


def reached_users(release: Release) -> bool:
    """Whether any user ever got what this release brings."""
    return any(release.plan.is_live(target) for target in release.view.touched)


def released_at(release: Release) -> datetime | None:
    """When ``execution.settle`` found the version promoted; None when it has not."""
    record = release.view.record(SETTLE)
    promoted = release.view.promoted
    if record is None or record.outcome != "done" or not promoted:
        return None
    return record.at


def watched_until(release: Release) -> datetime:
    """When the policy's watch ends."""
    start = released_at(release) or release.now()
    return watched_after(release, start)


def still_watched(release: Release) -> bool:
    """Whether the version is out and its watch goes on: what follows it has not seen all yet."""
    if release.view.over or released_at(release) is None or release.dry_run:
        return False
    planned = any(task.id == MONITOR for task in release.plan.tasks)
    return planned and release.view.record(MONITOR) is None


def replaced_on(release: Release) -> dict[str, str]:
    """The targets where another version is live by now, and which; a flag of this release: off."""
    view = live(release)
    found = {}
    for target in watched_targets(release):
        running = view.on(target.name)
        ours = ON if target.flag else release.view.version
        if running is not None and running.version != ours:
            found[target.name] = running.version
    return found


def trouble(release: Release) -> str | None:
    """Why the release did not hold in production; None while it does, or before it got there."""
    if not reached_users(release):
        return None
    if release.view.closed:
        return str(release.view.closed["reason"])
    record = release.view.record(SETTLE)
    if record is not None and record.outcome == "failed":
        return "; ".join(record.reasons)
    return None
