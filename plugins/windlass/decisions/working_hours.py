"""One person's working hours: reminders, escalation and expiry count only these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from windlass.decisions.windows.local import LocalWindow, window_spans
from windlass.decisions.windows.spans import Span, merged, without
from windlass.decisions.windows.wallclock import ONE_DAY, at_minute, zone_named

#: Nobody waits longer than this for somebody to come back to work.
HORIZON = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a person works.

    Attributes:
        windows: weekly hours; empty means at any hour (an on-call line, a robot).
        off: local dates on which they do not work: holidays of their country, days off.
        away: longer absences.
        zone: whose dates ``off`` are when there are no windows.
    """

    windows: tuple[LocalWindow, ...] = ()
    off: tuple[date, ...] = ()
    away: tuple[Span, ...] = ()
    zone: str = "UTC"

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Lazily: the hours worked in ``[start, end)``, in order."""
        return without(window_spans(self.windows, start, end), self._absences())

    def _absences(self) -> list[Span]:
        zone = zone_named(self.windows[0].zone if self.windows else self.zone)
        days = (
            Span(at_minute(day, 0, zone), at_minute(day + ONE_DAY, 0, zone)) for day in self.off
        )
        return merged((*days, *self.away))


def is_working(hours: WorkingHours, instant: datetime) -> bool:
    """Whether the person works at ``instant``."""
    return next(hours.spans(instant, instant + timedelta(seconds=1)), None) is not None


def next_working(hours: WorkingHours, instant: datetime) -> datetime | None:
    """The first instant from ``instant`` on at which the person works; ``None``: not in a year."""
    first = next(hours.spans(instant, instant + HORIZON), None)
    return first.start if first else None


def after_working(hours: WorkingHours, start: datetime, work: timedelta) -> datetime | None:
    """When ``work`` of the person's working time has passed since ``start``.

    Zero gives ``start``. ``None``: that much working time does not come within a year.
    """
    if work <= timedelta(0):
        return start
    for span in hours.spans(start, start + HORIZON):
        length = span.end - span.start
        if work <= length:
            return span.start + work
        work -= length
    return None


def worked_between(hours: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """How much working time of the person lies in ``[start, end)``."""
    return sum((s.end - s.start for s in hours.spans(start, end)), timedelta(0))
