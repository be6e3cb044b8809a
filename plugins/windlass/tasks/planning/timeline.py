"""``planning.timeline``: milestones in people's calendars, and time enough before a freeze."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from windlass.decisions.runway import in_words, runway
from windlass.decisions.verdict import Outcome, Verdict
from windlass.decisions.windows import Purpose, first_fitting, state_at
from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import CalendarEvent
from windlass.tasks.calendars import purpose_of, rules_at
from windlass.tasks.days import before, cut_off, first_live, production_at, watched_after
from windlass.tasks.durations import rollout_p90, target_p90
from windlass.tasks.finding import Finding
from windlass.tasks.forecasting import forecast
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
        "forecast": forecast(release),
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
        "monitoring ends": watched_after(release, day_0),
    }
    return {
        m.name: _second(exact.get(m.name, day_0 + timedelta(days=m.days)))
        for m in release.plan.milestones
    }


def _second(at: datetime) -> datetime:
    """In UTC and whole seconds, as calendars keep it."""
    return at.astimezone(UTC).replace(microsecond=0)


def _fits(release: Release, day_0: datetime, needed: timedelta) -> Verdict:
    """Whether the rollout ends before the next freeze, and each region has an opening for it.

    A whole rollout may rest overnight; that of one region may not.
    """
    rules = rules_at(release, first_live(release), day_0)
    purpose = purpose_of(release)
    state = state_at(day_0, rules.calendar, rules.scope, (), purpose, overrides=rules.overrides)
    verdict = runway(state, needed)
    if purpose is not Purpose.RELEASE or not verdict.passed:
        return verdict
    short = tuple(_too_short(release, day_0))
    return Verdict(Outcome.FAIL, short, verdict.figures) if short else verdict


def _too_short(release: Release, day_0: datetime) -> Iterator[str]:
    for target in release.plan.live_targets:
        p90 = target_p90(release, target)
        if first_fitting(rules_at(release, target, day_0), day_0, p90) is None:
            what = f"no opening of {target.name} that is known holds the"
            yield f"{what} {in_words(p90)} it needs (P90)"


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
