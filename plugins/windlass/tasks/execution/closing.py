"""Close what a release opened in other people's systems, as what it became.

The maintenance and the change request of a release that did not stay are cancelled, never reported
as done. Where it ended before production, what is left of it in people's calendars is cancelled,
and its rooms are given back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.planning.booking import give_back
from windlass.tasks.release import Release

CLOSED_MAINTENANCE = ("completed", "cancelled")
MEETINGS = ("briefing", "review")
CLOSED_CHANGE = ("closed", "cancelled", "rejected")


async def close_what_was_opened(
    release: Release, task: PlannedTask, *, why: str, released: bool
) -> None:
    """Close the maintenance, the change request, calendar entries and rooms; safe to repeat.

    Args:
        why: what became of the release, for the change request.
        released: whether the version stays live everywhere.
    """
    if release.ports.has("status_page"):
        await _maintenance(release, task, "completed" if released else "cancelled")
    if release.ports.has("change_records"):
        note = "released" if released else why
        await _change(release, task, "closed" if released else "cancelled", note)
    if release.ports.has("calendar") and release.view.ending:
        for uid in calendar_uids(release):
            await _entry(release, task, uid)
    if release.ports.has("meetings") and release.view.ending:
        for name in MEETINGS:
            await give_back(release, task, name)


def calendar_uids(release: Release) -> tuple[str, ...]:
    """The entries that were made for it: the milestones, the demonstration and the review."""
    milestones = (name.replace(" ", "-") for name in release.view.milestones)
    names = (*milestones, "demonstration", "review")
    return tuple(f"{release.id}/{name}" for name in names)


async def _maintenance(release: Release, task: PlannedTask, state: str) -> None:
    page = release.ports.status_page
    shown = await page.read(release.id)
    if shown is None or shown.state in CLOSED_MAINTENANCE:
        return
    closed = replace(shown, state=state, ends=max(release.now(), shown.starts))

    async def read() -> Any:
        now = await page.read(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await page.publish(closed)

    await release.converge(
        task, "maintenance", kind="status_page.publish", read=read, write=write, want=state
    )


async def _change(release: Release, task: PlannedTask, state: str, note: str) -> None:
    records = release.ports.change_records
    change = await records.find(release.id)
    if change is None or change.state in CLOSED_CHANGE:
        return

    async def read() -> Any:
        now = await records.find(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await records.move(change.id, state, note)

    await release.converge(
        task, "change", kind="change_records.move", read=read, write=write, want=state
    )


async def _entry(release: Release, task: PlannedTask, uid: str) -> None:
    """Cancel an entry of the calendar that is still to come."""
    calendar = release.ports.calendar
    shown = await calendar.read(uid)
    if shown is None or shown.cancelled or shown.starts <= release.now():
        return

    async def read() -> Any:
        now = await calendar.read(uid)
        return "cancelled" if now is None or now.cancelled else "there"

    async def write(current: Any) -> None:
        await calendar.put(replace(shown, cancelled=True))

    name = uid.removeprefix(f"{release.id}/")
    await release.converge(
        task, f"entry-{name}", kind="calendar.put", read=read, write=write, want="cancelled"
    )
