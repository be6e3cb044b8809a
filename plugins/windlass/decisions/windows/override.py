"""Who may step over a freeze, and which rules hold when the calendar changes under a release."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from windlass.decisions.verdict import Outcome, Verdict
from windlass.decisions.windows.calendar import Calendar, Freeze, Override
from windlass.decisions.windows.state import WINDOW


def decide_override(
    override: Override,
    calendar: Calendar,
    roles: Collection[str],
    at: datetime,
    *,
    window_roles: Collection[str] = ("product_manager",),
) -> Verdict:
    """Whether ``override`` counts at ``at``.

    Args:
        override: what a person asks for; it cannot be built without a reason.
        calendar: where its target is looked up.
        roles: what that person holds at ``at``.
        at: when it is decided.
        window_roles: who may step over business hours and holidays.
    """
    if override.role not in roles:
        return _fail(f"{override.who} does not hold the role {override.role}")
    if at >= override.until:
        return _fail(f"the override of {override.target} ended at {override.until.isoformat()}")
    freezes = [freeze for freeze in calendar.freezes if freeze.name == override.target]
    holidays = [holiday for holiday in calendar.holidays if holiday.name == override.target]
    if not freezes and not holidays and override.target != WINDOW:
        return _fail(f"there is no freeze, holiday or window called {override.target!r}")
    allowed = _allowed(freezes, window_roles)
    if override.role not in allowed:
        return _fail(f"{override.target} is overridden by {' or '.join(allowed) or 'nobody'} only")
    return Verdict(
        Outcome.PASS,
        (f"{override.who} ({override.role}) steps over {override.target}: {override.reason}",),
    )


def _allowed(freezes: list[Freeze], window_roles: Collection[str]) -> list[str]:
    """The roles that every freeze of that name accepts."""
    if not freezes:
        return sorted(window_roles)
    common = set(freezes[0].override_roles)
    for freeze in freezes[1:]:
        common &= set(freeze.override_roles)
    return sorted(common)


def _fail(reason: str) -> Verdict:
    return Verdict(Outcome.FAIL, (reason,))


def in_force(opened_with: Calendar, live: Calendar, *, lifted: Collection[str] = ()) -> Calendar:
    """The calendar for a release that opened under one and runs under another.

    What the live calendar adds holds at once. What it no longer has goes on holding for this
    release, except the freezes and holidays named in ``lifted``: taking one away early is a
    decision with a name under it, not a side effect of an edit.

    A freeze that was edited keeps its name: the live version is the one that counts from then on,
    together with the old one unless it was lifted. Hours are not merged here: pass those the
    release opened with as ``also_within``.
    """
    kept_freezes = (f for f in opened_with.freezes if f.name not in lifted)
    kept_holidays = (h for h in opened_with.holidays if h.name not in lifted)
    return replace(
        live,
        freezes=tuple(dict.fromkeys((*live.freezes, *kept_freezes))),
        holidays=tuple(dict.fromkeys((*live.holidays, *kept_holidays))),
    )
