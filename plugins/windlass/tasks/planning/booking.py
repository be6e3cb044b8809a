"""Rooms to meet in, at the time that the release's Day 0 gives; moved and given back with it."""

from __future__ import annotations

from datetime import UTC, datetime

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release


async def book(
    release: Release, task: PlannedTask, name: str, topic: str, starts: datetime, minutes: int
) -> str:
    """Book the meeting ``name`` of the release, or move it to ``starts``; its link."""
    meetings, key = release.ports.meetings, key_of(release, name)

    async def read() -> str | None:
        return await _starts(release, key)

    async def write(current: object) -> None:
        await meetings.schedule(key, topic, starts, minutes)

    await release.converge(
        task,
        f"meeting-{name}",
        kind="meetings.schedule",
        read=read,
        write=write,
        want=_text(starts),
    )
    meeting = await meetings.read(key)
    return meeting.link if meeting else ""


async def give_back(release: Release, task: PlannedTask, name: str) -> None:
    """Cancel the meeting ``name`` where it is booked and still to come."""
    meetings, key = release.ports.meetings, key_of(release, name)
    meeting = await meetings.read(key)
    if meeting is None or meeting.cancelled or meeting.starts <= release.now():
        return

    async def read() -> str | None:
        return await _starts(release, key)

    async def write(current: object) -> None:
        await meetings.cancel(key)

    await release.converge(
        task, f"meeting-{name}", kind="meetings.cancel", read=read, write=write, want=None
    )


def key_of(release: Release, name: str) -> str:
    """What a meeting is found by."""
    return f"{release.id}/{name}"


async def _starts(release: Release, key: str) -> str | None:
    meeting = await release.ports.meetings.read(key)
    return None if meeting is None or meeting.cancelled else _text(meeting.starts)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
