"""Telling the world: status page, calendar, dashboards, meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A maintenance on the status page. ``state``: scheduled, in_progress, completed, cancelled."""

    key: str
    title: str
    text: str
    state: str
    starts: datetime
    ends: datetime
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event in people's calendars. ``uid`` is ours and never changes."""

    uid: str
    title: str
    starts: datetime
    ends: datetime
    text: str = ""
    attendees: tuple[str, ...] = ()
    link: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A mark on a dashboard's time axis."""

    key: str
    text: str
    at: datetime
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """A room that is booked from ``starts`` on."""

    link: str
    starts: datetime
    cancelled: bool = False


class StatusPage(Protocol):
    """Maintenances by key."""

    async def read(self, key: str) -> Maintenance | None:
        """The maintenance ``key`` as it is shown now."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def publish(self, maintenance: Maintenance) -> None:
        """Show ``maintenance``, over an earlier state of the same key."""
        ...


class Calendar(Protocol):
    """Events by uid."""

    async def read(self, uid: str) -> CalendarEvent | None:
        """The event as it is in the calendar now."""
        ...

    @changes_the_world(Idempotency.NATIVE_KEY)
    async def put(self, event: CalendarEvent) -> None:
        """Create or move the event of that uid."""
        ...


class Dashboards(Protocol):
    """Marks on dashboards."""

    async def read(self, key: str) -> Annotation | None:
        """The mark as it is now."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def annotate(self, annotation: Annotation) -> None:
        """Set the mark of that key."""
        ...


class Meetings(Protocol):
    """Rooms to meet in."""

    async def read(self, key: str) -> Meeting | None:
        """The meeting of ``key`` as it is booked now."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def schedule(self, key: str, topic: str, starts: datetime, minutes: int) -> str:
        """Book the meeting of ``key``, or move it; returns its link, which stays the same."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def cancel(self, key: str) -> None:
        """Give the room back; nothing happens where none is booked."""
        ...
