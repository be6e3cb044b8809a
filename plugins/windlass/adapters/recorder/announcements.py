"""What a dry run would have told the world: status page, calendar, dashboards, meetings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from windlass.adapters.recorder.call import SIMULATED, Log, from_json
from windlass.ports.announcements import (
    Annotation,
    Calendar,
    CalendarEvent,
    Dashboards,
    Maintenance,
    Meeting,
    Meetings,
    StatusPage,
)


class RecordedStatusPage:
    """A maintenance written down covers the one that is shown."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: StatusPage, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, key: str) -> Maintenance | None:
        """See the port."""
        for call in reversed(self._log.calls("publish")):
            if call.arguments["maintenance"]["key"] == key:
                return from_json(Maintenance, call.arguments["maintenance"])
        return await self._inner.read(key)

    async def publish(self, maintenance: Maintenance) -> None:
        """See the port."""
        would = f"show the maintenance {maintenance.title!r} as {maintenance.state}"
        self._log.add("publish", would, maintenance=maintenance)


class RecordedCalendar:
    """An event written down covers the one in the calendar."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Calendar, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, uid: str) -> CalendarEvent | None:
        """See the port."""
        for call in reversed(self._log.calls("put")):
            if call.arguments["event"]["uid"] == uid:
                return from_json(CalendarEvent, call.arguments["event"])
        return await self._inner.read(uid)

    async def put(self, event: CalendarEvent) -> None:
        """See the port."""
        verb = "cancel" if event.cancelled else "put into the calendar"
        would = f"{verb} {event.title!r} at {event.starts.isoformat(timespec='minutes')}"
        self._log.add("put", would, event=event)


class RecordedDashboards:
    """A mark written down covers the one that is there."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Dashboards, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, key: str) -> Annotation | None:
        """See the port."""
        for call in reversed(self._log.calls("annotate")):
            if call.arguments["annotation"]["key"] == key:
                return from_json(Annotation, call.arguments["annotation"])
        return await self._inner.read(key)

    async def annotate(self, annotation: Annotation) -> None:
        """See the port."""
        self._log.add("annotate", f"mark {annotation.text!r}", annotation=annotation)


class RecordedMeetings:
    """Meetings that would have been made."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Meetings, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, key: str) -> Meeting | None:
        """See the port."""
        made = self._log.last("schedule", key=key)
        if made is None:
            booked = await self._inner.read(key)
        else:
            starts = datetime.fromisoformat(str(made.arguments["starts"]))
            booked = Meeting(str(made.answer), starts)
        return replace(booked, cancelled=True) if booked and self._cancelled(key) else booked

    def _cancelled(self, key: str) -> bool:
        """Whether the newest thing that would have been done to it is to cancel it."""
        calls = [c for c in self._log.calls("schedule", "cancel") if c.arguments.get("key") == key]
        return bool(calls) and calls[-1].method == "cancel"

    async def schedule(self, key: str, topic: str, starts: datetime, minutes: int) -> str:
        """See the port."""
        earlier = await self.read(key)
        link = earlier.link if earlier else f"{SIMULATED}//meeting/{key}"
        self._log.add(
            "schedule",
            f"schedule {topic!r} for {minutes} minutes at {starts.isoformat(timespec='minutes')}",
            link, key=key, topic=topic, starts=starts, minutes=minutes,
        )  # fmt: skip
        return link

    async def cancel(self, key: str) -> None:
        """See the port."""
        self._log.add("cancel", f"cancel the meeting {key}", key=key)
