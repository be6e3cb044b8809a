"""``planning.timeline``: milestones in people's calendars, and time enough before a freeze."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from windlass.decisions.runway import runway
from windlass.decisions.verdict import Verdict
from windlass.decisions.windows import state_at
from windlass.plan.calendars import years_around
from windlass.plan.release_plan import PlannedTask
from windlass.plan.schedules import live_names, scope_of
from windlass.ports.announcements import CalendarEvent
from windlass.tasks.calendars import purpose_of
from windlass.tasks.days import before, cut_off, first_live, production_at
from windlass.tasks.durations import rollout_p90
from windlass.tasks.finding import Finding
from windlass.tasks.planning.review import attendees
from windlass.tasks.release import Release

#: What a milestone without a length of its own takes up in a calendar.
SHOWN = timedelta(minutes=30)


async def timeline(release: Release, task: PlannedTask) -> Finding:
    """Write the milestones down, put them into the calendar, and refuse what cannot fit."""
    day_0 = production_at(release)
    milestones = await announce_milestones(release, task, day_0)
    needed, source = rollout_p90(release)
    verdict = _fits(release, day_0, needed)
    evidence: dict[str, Any] = {
        "milestones": {name: at.isoformat() for name, at in milestones.items()},
        "runway": {
            "p90_seconds": needed.total_seconds(),
            "from": source,
            **verdict.figures,
        },
    }
    return Finding(verdict, evidence)


async def announce_milestones(
    release: Release, task: PlannedTask, day_0: datetime
) -> dict[str, datetime]:
    """Every milestone of a release for ``day_0``, written down and in people's calendars."""
    milestones = _milestones(release, day_0)
    for name, at in milestones.items():
        if release.view.milestones.get(name) != at:
            key = f"milestone#{name}#{at.isoformat()}#{release.view.seq}"
            release.record("milestone.set", key=key, name=name, at=at.isoformat())
        if release.ports.has("calendar"):
            await _in_calendar(release, task, name, at)
    return milestones


def _milestones(release: Release, day_0: datetime) -> dict[str, datetime]:
    """Every milestone of the plan as an instant; those that count working days exactly so."""
    exact = {
        "planning starts": before(release, day_0, release.policy.lead),
        "scope locked": cut_off(release) or release.now(),
    }
    return {
        m.name: _second(exact.get(m.name, day_0 + timedelta(days=m.days)))
        for m in release.plan.milestones
    }


def _second(at: datetime) -> datetime:
    """In UTC and whole seconds, as calendars keep it."""
    return at.astimezone(UTC).replace(microsecond=0)


def _fits(release: Release, day_0: datetime, needed: timedelta) -> Verdict:
    """Whether the rollout ends before the next freeze; it may rest overnight."""
    product = release.product
    state = state_at(
        day_0,
        years_around(product.calendar, day_0, live=live_names(product)),
        scope_of(product.product, first_live(release)),
        (),
        purpose_of(release),
    )
    return runway(state, needed)


async def _in_calendar(release: Release, task: PlannedTask, name: str, at: datetime) -> None:
    calendar = release.ports.calendar
    event = CalendarEvent(
        uid=f"{release.id}/{name.replace(' ', '-')}",
        title=f"{release.name}: {name}",
        starts=at,
        ends=at + SHOWN,
        text=f"{release.product.title or release.plan.product}, {release.plan.release_type}",
        attendees=attendees(release),
    )

    async def read() -> str | None:
        shown = await calendar.read(event.uid)
        return _second(shown.starts).isoformat() if shown and not shown.cancelled else None

    async def write(current: Any) -> None:
        await calendar.put(event)

    await release.converge(
        task, f"milestone-{name}", kind="calendar.put", read=read, write=write, want=at.isoformat()
    )
