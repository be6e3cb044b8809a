"""One .ics file (RFC 5545) that calendar programs subscribe to. Nobody is invited by mail.

Events that other people keep in the file stay as they are. A change raises ``SEQUENCE``, so that
programs take it over; a cancelled event stays, marked so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windlass.adapters.durable_files import locked, write_atomic
from windlass.adapters.safe_names import one_line, visible
from windlass.errors import InputError, TerminalError
from windlass.ports.announcements import CalendarEvent
from windlass.ports.connection import Connect
from windlass.spec.vendors import IcsSettings

if TYPE_CHECKING:
    from icalendar import Calendar, Event

PRODUCT = "-//Windlass//Release calendar//EN"


class IcsCalendar:
    """Events by uid: putting the same event twice changes nothing."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: IcsSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = root / settings.path
        self._now = now

    async def read(self, uid: str) -> CalendarEvent | None:
        """See the port; times come back in UTC."""
        return await asyncio.to_thread(self._read, uid)

    async def put(self, event: CalendarEvent) -> None:
        """See the port.

        Raises:
            InputError: the event has no zone, or ends before it starts.
        """
        if event.starts.tzinfo is None or event.ends.tzinfo is None or event.ends < event.starts:
            raise InputError(f"event {event.uid}: {event.starts} to {event.ends} is no time span")
        await asyncio.to_thread(self._put, event)

    def _read(self, uid: str) -> CalendarEvent | None:
        found = _component(self._load(), uid)
        return None if found is None else self._event(found)

    def _put(self, event: CalendarEvent) -> None:
        with locked(self._path.with_name(f".{self._path.name}.lock")):
            calendar = self._load()
            before = _component(calendar, event.uid)
            sequence = 0
            if before is not None:
                if self._event(before) == _as_kept(event):
                    return
                sequence = int(before.get("SEQUENCE", 0)) + 1
                calendar.subcomponents.remove(before)
            calendar.add_component(_written(event, sequence, self._now()))
            write_atomic(self._path, calendar.to_ical())

    def _load(self) -> Calendar:
        from icalendar import Calendar

        if not self._path.exists():
            calendar = Calendar()
            calendar.add("prodid", PRODUCT)
            calendar.add("version", "2.0")
            return calendar
        try:
            return Calendar.from_ical(self._path.read_bytes())
        except (ValueError, IndexError) as error:
            raise TerminalError(f"{self._path}: not an iCalendar file: {error}") from error

    def _event(self, found: Any) -> CalendarEvent:
        try:
            return CalendarEvent(
                uid=str(found["UID"]),
                title=str(found["SUMMARY"]),
                starts=_instant(found["DTSTART"].dt),
                ends=_instant(found["DTEND"].dt),
                text=str(found.get("DESCRIPTION", "")),
                attendees=_attendees(found.get("ATTENDEE", [])),
                link=str(found["URL"]) if "URL" in found else None,
                cancelled=str(found.get("STATUS", "")) == "CANCELLED",
            )
        except (KeyError, TypeError) as error:
            raise TerminalError(f"{self._path}: event {found.get('UID')}: {error!r}") from error


def _component(calendar: Calendar, uid: str) -> Any:
    for event in calendar.walk("VEVENT"):
        if str(event.get("UID", "")) == uid:
            return event
    return None


def _as_kept(event: CalendarEvent) -> CalendarEvent:
    """The event as the file holds it: whole seconds in UTC, no hidden characters."""
    return CalendarEvent(
        uid=event.uid,
        title=one_line(event.title),
        starts=_instant(event.starts),
        ends=_instant(event.ends),
        text=visible(event.text).replace("\r", ""),
        attendees=event.attendees,
        link=event.link,
        cancelled=event.cancelled,
    )


def _written(event: CalendarEvent, sequence: int, now: datetime) -> Event:
    from icalendar import Event, vCalAddress

    kept, made = _as_kept(event), Event()
    made.add("uid", kept.uid)
    made.add("dtstamp", _instant(now))
    made.add("sequence", sequence)
    made.add("summary", kept.title)
    made.add("dtstart", kept.starts)
    made.add("dtend", kept.ends)
    made.add("status", "CANCELLED" if kept.cancelled else "CONFIRMED")
    if kept.text:
        made.add("description", kept.text)
    if kept.link:
        made.add("url", kept.link)
    for attendee in kept.attendees:
        made.add("attendee", vCalAddress(f"mailto:{attendee}"))
    return made


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    instant: datetime = value.astimezone(UTC).replace(microsecond=0)
    return instant


def _attendees(found: Any) -> tuple[str, ...]:
    listed = found if isinstance(found, list) else [found]
    return tuple(str(one).removeprefix("mailto:") for one in listed)
