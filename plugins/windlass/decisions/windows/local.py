"""Weekly windows on somebody's wall clock: ``mon-thu 10:00-16:00`` in Europe/Dublin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.windows.spans import Span, joined_up, merged
from windlass.decisions.windows.wallclock import (
    ONE_DAY,
    ONE_SECOND,
    at_minute,
    local_date,
    zone_named,
)
from windlass.errors import InputError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1440
#: Windows are worked out by the day at first, for whoever wants the next one only.
LONGEST_CHUNK = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """Open on ``weekdays`` from ``start`` to ``end`` on the wall clock of ``zone``.

    Attributes:
        weekdays: 0 (Monday) to 6, ascending: the days on which the window *starts*.
        start: minutes after local midnight, 0 to 1439.
        end: minutes after that midnight, after ``start``; above 1440 it ends on the next day.
        zone: IANA name.
    """

    weekdays: tuple[int, ...]
    start: int
    end: int
    zone: str

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if not self.weekdays or any(not 0 <= day <= 6 for day in self.weekdays):
            raise InputError(f"weekdays must be 0 (Monday) to 6, at least one: {self.weekdays}")
        if not 0 <= self.start < MINUTES_A_DAY:
            raise InputError(f"a window starts at 00:00 to 23:59, not at minute {self.start}")
        if not self.start < self.end <= self.start + MINUTES_A_DAY:
            raise InputError(f"a window lasts one minute to 24 hours: {self.start} to {self.end}")

    def __str__(self) -> str:
        return f"{days_text(self.weekdays)} {self.hours_text()} {self.zone}"

    def hours_text(self) -> str:
        """The hours as people write them, ``10:00-16:00``."""
        end = self.end if self.end <= MINUTES_A_DAY else self.end - MINUTES_A_DAY
        return f"{_clock(self.start)}-{_clock(end)}"

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Every opening that touches ``[start, end)``, whole, in order."""
        zone = zone_named(self.zone)
        day = local_date(start, zone)
        if self.end > MINUTES_A_DAY:
            day -= ONE_DAY  # yesterday's window may still be open
        final = local_date(end, zone)
        while day <= final:
            if day.weekday() in self.weekdays:
                opens = at_minute(day, self.start, zone)
                closes = at_minute(day, self.end, zone)
                if opens < end and closes > start and opens < closes:
                    yield Span(opens, closes)
            day += ONE_DAY

    def covers(self, instant: datetime) -> bool:
        """Whether the window is open at ``instant``."""
        return any(span.covers(instant) for span in self.spans(instant, instant + ONE_SECOND))


def window_spans(windows: Sequence[LocalWindow], start: datetime, end: datetime) -> Iterator[Span]:
    """Lazily: when any of ``windows`` is open, cut to ``[start, end)``; no windows means always."""
    if not windows:
        return iter((Span(start, end),))
    return joined_up(_chunks(windows, start, end))


def _chunks(windows: Sequence[LocalWindow], start: datetime, end: datetime) -> Iterator[Span]:
    length = ONE_DAY
    while start < end:
        stop = min(start + length, end)
        yield from merged(
            Span(max(span.start, start), min(span.end, stop))
            for window in windows
            for span in window.spans(start, stop)
        )
        start, length = stop, min(2 * length, LONGEST_CHUNK)


def days_text(weekdays: Sequence[int]) -> str:
    """Weekdays as people write them: ``mon-thu``, ``mon,wed``, ``every day``."""
    if len(weekdays) == len(DAYS):
        return "every day"
    runs: list[list[int]] = []
    for day in weekdays:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
