"""What people do to a release at any time: each verb needs a role and a reason, and is an event."""

from __future__ import annotations

from datetime import datetime

from windlass.errors import InputError
from windlass.tasks.execution.revert import revert_what_is_free
from windlass.tasks.moving import move_day_0
from windlass.tasks.release import Release

#: Who may use a verb beside the captain; empty: anybody who holds a role in the product.
MAY: dict[str, tuple[str, ...]] = {
    "hold": (),
    "resume": (),
    "abort": ("devops", "product_manager"),
    "postpone": ("product_manager",),
    "cancel": ("product_manager",),
    "handover": ("product_manager",),
    "drop": ("product_manager", "developer"),
}


def hold(release: Release, *, by: str, reason: str) -> None:
    """Stay at this step and keep watching. Somebody with a role resumes."""
    _check(release, "hold", by, reason)
    release.record("hold.placed", key=f"hold#{release.view.seq}", by=by, reason=reason)


def resume(release: Release, *, by: str, reason: str) -> None:
    """Go on after a hold.

    Raises:
        InputError: nothing is held.
    """
    _check(release, "resume", by, reason)
    if release.view.hold is None:
        raise InputError(f"{release.name} is not held")
    release.record("hold.lifted", key=f"lift#{release.view.seq}", by=by, reason=reason)


async def abort(release: Release, *, by: str, reason: str) -> None:
    """Roll back what is exposed, now and in this process; ``settle`` then ends the release."""
    _check(release, "abort", by, reason)
    release.record("abort.asked", key="abort", by=by, reason=reason)
    if release.view.touched:
        await revert_what_is_free(release, f"aborted by {by}: {reason}")
    else:
        release.record("release.cancelled", key="ending", by=by, reason=reason)


def cancel(release: Release, *, by: str, reason: str) -> None:
    """End before production; ``settle`` and ``release.end`` close what was opened.

    Raises:
        InputError: users already see it: that is an abort.
    """
    _check(release, "cancel", by, reason)
    _before_production(release, "cancel")
    release.record("release.cancelled", key="ending", by=by, reason=reason)


async def postpone(release: Release, *, by: str, reason: str, to: datetime | None) -> datetime:
    """Move Day 0 to ``to`` (None: the next one), before production; all that was announced moves.

    Returns the new Day 0.

    Raises:
        InputError: users already see it, or nothing may be released then.
    """
    _check(release, "postpone", by, reason)
    _before_production(release, "postpone")
    if release.view.over:
        raise InputError(release.view.over)
    return await move_day_0(release, by=by, reason=reason, to=to)


def hand_over(release: Release, *, by: str, to: str, reason: str) -> None:
    """Make ``to`` the captain.

    Raises:
        InputError: nobody is called so.
    """
    _check(release, "handover", by, reason)
    if to not in release.product.people:
        known = ", ".join(sorted(release.product.people))
        raise InputError(f"nobody in teams.yaml is called {to!r}; known: {known}")
    key = f"captain#{release.view.seq}"
    release.record("captain.changed", key=key, by=by, captain=to, reason=reason)


def drop(release: Release, *, by: str, item: str, reason: str) -> None:
    """Take an item out of scope before the cut; afterwards only a new candidate can.

    Raises:
        InputError: the scope is locked.
    """
    _check(release, "drop", by, reason)
    if release.view.scope is not None:
        raise InputError(f"the scope of {release.name} is locked; ask for a new candidate instead")
    release.record("item.dropped", key=f"drop#{item}", by=by, item=item, reason=reason)


def _before_production(release: Release, verb: str) -> None:
    exposed = [name for name in release.view.touched if release.plan.is_live(name)]
    if exposed and release.view.closed is None:
        raise InputError(f"{release.name} is exposed on {', '.join(exposed)}: abort, not {verb}")


def _check(release: Release, verb: str, by: str, reason: str) -> None:
    if not reason.strip():
        raise InputError(f"{verb} needs a reason")
    if release.view.outcome is not None:
        raise InputError(f"{release.name} has ended: {release.view.outcome}")
    roles = MAY[verb] or tuple(release.product.roles)
    if by == release.view.captain or any(by in release.product.holders(role) for role in roles):
        return
    allowed = ", ".join(roles)
    raise InputError(f"{by} may not {verb} {release.name}; the captain or one of: {allowed}")
