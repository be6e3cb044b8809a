"""``execution.production.<region>.<flag>.ramp_<step>``: a flag goes to its next users."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask, flag_of, place_of
from windlass.tasks.execution.stepping import is_behind, not_now
from windlass.tasks.execution.turned_off import turned_off
from windlass.tasks.exposing import claim, live
from windlass.tasks.ramping import turn_on
from windlass.tasks.release import Release, subject
from windlass.tasks.results import Done, Fail, Result


async def ramp(release: Release, task: PlannedTask) -> Result:
    """Turn the flag on for one more audience or a larger share, where the code is live.

    What the step waits for, and what stops it, is as for code. The place's lock is held: nobody
    puts other code there while its users are counted.
    """
    target = str(task.args["target"])
    refusal = await not_now(release, task) or await turned_off(release)
    if refusal is not None:
        return refusal
    subject_ = subject(release, target)
    blocked = live(release).blocked.get(subject_)
    if blocked is not None:
        how = f"windlass lift {release.plan.product} {subject_}"
        return Fail((f"{subject_} is blocked: {blocked}. A person must lift it: {how}",))
    await claim(release, place_of(target))
    missing = await _code_is_missing(release, target)
    if missing:
        return Fail((missing,))
    if not is_behind(release, task):
        await turn_on(release, task, target)
    return await turned_off(release) or Done(
        {
            "target": target,
            "flag": flag_of(target),
            "percent": float(task.args["percent"]),
            "audience": task.args.get("audience"),
            "version": release.version,
        }
    )


async def _code_is_missing(release: Release, target: str) -> str:
    """Why the flag has nothing to turn on there; empty where all users have the code."""
    place = place_of(target)
    exposure = await release.ports.deployments.current(place)
    share = exposure.share(release.version)
    if share == 100.0:
        return ""
    return (
        f"{flag_of(target)} ramps only where {release.version} is live: "
        f"{place} serves {dict(exposure.shares)}"
    )
