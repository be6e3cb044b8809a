"""``planning.review``: the post-release review has a place in people's calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import CalendarEvent
from windlass.ports.effect import Idempotency
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def review(release: Release, task: PlannedTask) -> Result:
    """Put the review into the calendar, with a room to meet in where there is one."""
    policy = release.policy.follow_up.review
    starts = review_at(release)
    link = await _meeting(release, task, starts, policy.minutes)
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
    """When the review is held: the policy's time after Day 0."""
    day_0 = release.view.day_0 or release.now()
    hour, minute = (int(part) for part in release.policy.follow_up.review.at.split(":"))
    day = day_0 + timedelta(days=release.policy.follow_up.review.after.days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def attendees(release: Release) -> tuple[str, ...]:
    """Mail addresses of everybody who holds a role in this product."""
    people = dict.fromkeys(name for names in release.product.roles.values() for name in names)
    found = [
        release.product.people[name].email for name in people if name in release.product.people
    ]
    return tuple(mail for mail in found if mail)


async def _meeting(
    release: Release, task: PlannedTask, starts: datetime, minutes: int
) -> str | None:
    if not release.ports.has("meetings"):
        return None
    meetings, key = release.ports.meetings, f"{release.id}/review"

    async def find() -> str | None:
        return await meetings.find(key)

    async def do() -> str:
        return await meetings.schedule(key, f"Review: {release.name}", starts, minutes)

    return str(
        await release.once(
            task,
            "meeting",
            kind="meetings.schedule",
            find=find,
            do=do,
            idempotency=Idempotency.MARKER,
        )
    )
