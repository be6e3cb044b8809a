"""Before code goes back, the flags go off that were turned on for what is taken away.

They were ramped by an earlier release, or by this one: its own are off already then.
"""

from __future__ import annotations

from windlass.decisions.versions import Version
from windlass.errors import InputError
from windlass.ledger.views.live import LIVE_TYPES, fold_live
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.ramping import OFF, promote_flag, turn_off
from windlass.tasks.release import Release


async def turn_off_behind(
    release: Release, task: PlannedTask, place: str, back_to: str | None
) -> None:
    """Turn off what is on at ``place`` for a version newer than ``back_to``; safe to repeat.

    Args:
        task: on whose behalf.
        back_to: the version that serves there next; None: nothing does.
    """
    if not release.ports.has("flags"):
        return
    live = fold_live(release.ledger.select(LIVE_TYPES, product=release.plan.product))
    for target, code in reversed(live.flags_on(place).items()):
        if code is not None and back_to is not None and not _newer(code, back_to):
            continue
        await turn_off(release, task, target)
        promote_flag(release, target, OFF, key=f"off#{target}#{release.view.seq}")


def _newer(version: str, other: str) -> bool:
    """Whether ``version`` is newer; versions that are not SemVer are only the same or not."""
    try:
        return Version.parse(other) < Version.parse(version)
    except InputError:
        return version != other
