"""A person turned off a flag that this release turned on: it goes back, and ramps it no more.

The kill switch is written down before the flag is touched. A step that was just setting the flag
may come after it: it looks once more when it is through, and so do the watch and the judges.
"""

from __future__ import annotations

from contextlib import suppress

from windlass.errors import RetryableError
from windlass.plan.release_plan import flag_of, place_of
from windlass.tasks.flagging import flags_stream
from windlass.tasks.follow_up.after_production import wanted_ramps
from windlass.tasks.ramping import ON, exposure_of_flag
from windlass.tasks.release import Release
from windlass.tasks.results import Fail

RAMP = "execution.production.ramp"


async def turned_off(release: Release) -> Fail | None:
    """Who turned off a flag of this release, and why; or that it is off and nobody says who."""
    for ramp in wanted_ramps(release):
        why = killed(release, ramp.name) or await _is_off(release, ramp.name)
        if why:
            return Fail((why,))
    return None


def killed(release: Release, target: str) -> str:
    """Who used the kill switch there since the release opened, in words; empty when nobody did."""
    stream = flags_stream(release.plan.product)
    for event in release.ledger.events(stream):
        data = event.data
        ours = event.type == "flag.killed" and data["flag"] == flag_of(target)
        since = release.view.opened_at is None or event.at >= release.view.opened_at
        there = place_of(target) in (data.get("target"), data["environment"])
        if ours and since and there:
            return f"{event.by} turned {data['flag']} off in {place_of(target)}: {data['reason']}"
    return ""


async def _is_off(release: Release, target: str) -> str:
    """What is to be said of a flag that is off though a step of this release has turned it on.

    A vendor that does not answer tells nothing: what watches goes on watching.
    """
    done = any(
        release.view.record(task.id) is not None and task.args["target"] == target
        for task in release.plan.rows(RAMP)
    )
    if not done or target not in release.view.exposed or release.view.closed:
        return ""
    with suppress(RetryableError):  # asked again at the next look
        if ON not in (await exposure_of_flag(release, target)).shares:
            return f"{flag_of(target)} is off in {place_of(target)}, and not by this release"
    return ""
