"""Step over a freeze, a holiday or the hours for one release: by name, for a while, with a reason.

Only this one release is let through, only by a role that the calendar accepts, and only as long as
whoever did it holds that role. Everything else that closes goes on closing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from windlass.decisions.windows import Blocker, Override, Purpose, decide_override
from windlass.errors import InputError
from windlass.tasks.calendars import calendar_in_force, purpose_of, window_of
from windlass.tasks.release import Release
from windlass.tasks.teams import EVER, calendar_of_today, who_holds

#: How long an override holds after Day 0 (or after now) when nobody says otherwise.
A_DAY = timedelta(days=1)


def override(
    release: Release,
    target: str,
    *,
    by: str,
    reason: str,
    role: str | None = None,
    until: datetime | None = None,
) -> Override:
    """Let ``release`` through ``target``.

    Args:
        target: the name of a freeze or holiday, or ``window`` for the hours.
        role: in which role; None: the first one they hold that the target accepts.
        until: how long it holds; None: a day from now, or from Day 0 when that comes later.

    Raises:
        InputError: no reason, no such target, the release has ended, or they may not.
    """
    one = _decided(release, target, by=by, reason=reason, role=role, until=until)
    _write_down(release, one)
    return one


def may_override(release: Release, target: str, by: str) -> bool:
    """Whether ``by`` could let ``release`` through ``target`` now, with some reason."""
    try:
        _decided(release, target, by=by, reason="asked only")
    except InputError:
        return False
    return True


def closing(release: Release) -> dict[str, str]:
    """What closes production for ``release``, by name, with the words for it.

    Asked about Day 0, or about now when that is past; empty for what is never frozen.
    """
    now = release.now()
    at = max(now, release.view.day_0 or now)
    if purpose_of(release) is not Purpose.RELEASE:
        return {}
    found = [
        blocker
        for target in release.plan.live_targets
        for blocker in window_of(release, target, at).blockers
    ]
    # a freeze that was edited is there twice: the one that lasts longer says until when
    return {blocker.name: blocker.text for blocker in sorted(found, key=_end)}


def _end(blocker: Blocker) -> datetime:
    return blocker.until or EVER


def _decided(
    release: Release,
    target: str,
    *,
    by: str,
    reason: str,
    role: str | None = None,
    until: datetime | None = None,
) -> Override:
    """The override in the first role that counts; raises as :func:`override` does."""
    if release.view.outcome is not None:
        raise InputError(f"{release.name} has ended: {release.view.outcome}")
    now = release.now()
    wanted = until or max(now, release.view.day_0 or now) + A_DAY
    found = [
        Override(target, by, one, reason, now, wanted)
        for one in ([role] if role else _roles(release, by))
    ]
    if not found:
        raise InputError(f"{by} holds no role in {release.plan.product}")
    accepted = calendar_of_today(release.ledger, release.product).override
    calendar = calendar_in_force(release, now)
    refused: list[str] = []
    for one in found:
        verdict = decide_override(one, calendar, _roles(release, by), now, window_roles=accepted)
        if verdict.passed:
            return one
        refused += verdict.reasons
    raise InputError("; ".join(dict.fromkeys(refused)))


def _roles(release: Release, person: str) -> tuple[str, ...]:
    return tuple(r for r in release.product.roles if person in who_holds(release, r))


def _write_down(release: Release, one: Override) -> None:
    release.record(
        "freeze.overridden",
        key=f"override#{one.target}#{release.view.seq}",
        by=one.who,
        target=one.target,
        role=one.role,
        reason=one.reason,
        since=one.start.isoformat(),
        until=one.until.isoformat(),
    )
