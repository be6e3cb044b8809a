"""``planning.review``: the post-release review has a place in people's calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from windlass.decisions.windows import parse_clock, zone_named
from windlass.decisions.windows.wallclock import at_minute, local_date
from windlass.plan.release_plan import PlannedTask
from windlass.plan.schedules import place_of
from windlass.ports.announcements import CalendarEvent
from windlass.tasks.days import after
from windlass.tasks.planning.booking import book
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def review(release: Release, task: PlannedTask) -> Result:
    """Put the review into the calendar, with a room to meet in where there is one."""
    policy = release.policy.follow_up.review
    starts = review_at(release)
    link = None
    if release.ports.has("meetings"):
        topic = f"Review: {release.name}"
        link = await book(release, task, "review", topic, starts, policy.minutes)
    event = CalendarEvent(
        uid=f"{release.id}/review",
        title=f"Post-release review: {release.name}",
        starts=starts,
        ends=starts + timedelta(minutes=policy.minutes),
        text="What went well, what went badly, who does what until when.",
        attendees=attendees(release),
        link=link,
    )
    calendar = release.ports.calendar

    async def read() -> Any:
        shown = await calendar.read(event.uid)
        return shown.starts.isoformat() if shown and not shown.cancelled else None

    async def write(current: Any) -> None:
        await calendar.put(event)

    await release.converge(
        task, "review", kind="calendar.put", read=read, write=write, want=starts.isoformat()
    )
    return Done({"review_at": starts.isoformat(), "link": link, "event": event.uid})


def review_at(release: Release) -> datetime:
    """When the review is held: the policy's time after Day 0, on the product's clock; UTC."""
    policy, day_0 = release.policy.follow_up.review, release.view.day_0 or release.now()
    zone = zone_named(place_of(release.product).zone)
    day = local_date(after(release, day_0, policy.after), zone)
    return at_minute(day, parse_clock(policy.at), zone)


def attendees(release: Release) -> tuple[str, ...]:
    """Mail addresses of everybody who holds a role in this product."""
    people = dict.fromkeys(name for names in release.product.roles.values() for name in names)
    found = [
        release.product.people[name].email for name in people if name in release.product.people
    ]
    return tuple(mail for mail in found if mail)
