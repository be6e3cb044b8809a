"""The calendar as it holds for one release at one place: what it opened with, and what is new.

What was added since the release opened holds at once. What was taken away goes on holding for it,
until somebody with the role for it steps over it by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from windlass.decisions.windows import (
    Calendar,
    LocalWindow,
    Override,
    Purpose,
    Rules,
    WindowState,
    in_force,
    parse_windows,
    state_at,
)
from windlass.ledger.documents import PREFIX
from windlass.plan.calendars import years_around
from windlass.plan.release_plan import PlannedTarget
from windlass.plan.schedules import hours_of, live_names, scope_of
from windlass.tasks.release import Release
from windlass.tasks.teams import CALENDAR, HOURS, calendar_of_today, who_holds


def calendar_in_force(release: Release, at: datetime) -> Calendar:
    """The calendar around ``at``: the published one, and what the release opened with."""
    product = release.product
    opened_with, live = product.calendar, calendar_of_today(release.ledger, product)
    names = live_names(product)
    now = years_around(live, at, live=names)
    if live == opened_with:
        return now
    return in_force(years_around(opened_with, at, live=names), now)


def rules_at(release: Release, target: PlannedTarget, at: datetime) -> Rules:
    """Everything that opens and closes ``target`` for this release."""
    calendar = calendar_in_force(release, at)
    hours = _hours_of_today(release, target)
    then = hours_of(target)
    if then is None:
        declared = release.product.calendar
        then = parse_windows(declared.windows, declared.zone)
    today = calendar.windows if hours is None else hours
    return Rules(
        calendar,
        scope_of(release.plan.product, target),
        today,
        overrides_in_force(release, at),
        () if then == tuple(today) else then,
    )


def window_of(release: Release, target: PlannedTarget, at: datetime) -> WindowState:
    """Open or closed at ``target``, at an instant, for this release."""
    rules = rules_at(release, target, at)
    return state_at(
        at,
        rules.calendar,
        rules.scope,
        rules.windows,
        purpose_of(release),
        overrides=rules.overrides,
        also_within=rules.also_within,
    )


def purpose_of(release: Release) -> Purpose:
    """What the release is to the calendar; only an ordinary one can be frozen."""
    if release.policy.frozen:
        return Purpose.RELEASE
    is_rollback = release.plan.release_type == "rollback"
    return Purpose.ROLLBACK if is_rollback else Purpose.EMERGENCY


def overrides_in_force(release: Release, at: datetime) -> tuple[Override, ...]:
    """What people step over, as long as they hold the role they did it in."""
    found = []
    for data in release.view.overrides:
        if not data.get("until") or data["by"] not in who_holds(release, str(data["role"])):
            continue
        found.append(override_of(data))
    return tuple(one for one in found if one.until > at)


def override_of(data: Mapping[str, Any]) -> Override:
    """An override as the ledger has it."""
    return Override(
        target=str(data["target"]),
        who=str(data["by"]),
        role=str(data["role"]),
        reason=str(data["reason"]),
        start=datetime.fromisoformat(str(data["since"])),
        until=datetime.fromisoformat(str(data["until"])),
    )


def calendar_heads(release: Release) -> dict[str, int]:
    """The ledger's streams that change the calendar, and how far each has come."""
    streams = [f"{PREFIX}{kind}/{release.plan.product}" for kind in (CALENDAR, HOURS)]
    heads = release.ledger.heads(streams)
    return {name: heads[name].seq if name in heads else 0 for name in streams}


def _hours_of_today(release: Release, target: PlannedTarget) -> tuple[LocalWindow, ...] | None:
    """The hours of ``target`` as they were published last; ``None``: the calendar's own."""
    newest = release.ledger.documents.latest(HOURS, release.plan.product)
    place = newest.data.get(target.name) if newest else None
    if place is None:
        return hours_of(target)
    window = place["window"]
    return None if window is None else parse_windows(window, place["zone"])
