"""When a product wants to release: the dates a cadence names, before the calendar has its say."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from windlass.decisions.windows.local import days_text
from windlass.decisions.windows.wallclock import ONE_DAY, at_minute, zone_named
from windlass.decisions.working_days import WorkingDays
from windlass.errors import InputError

ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


@dataclass(frozen=True, slots=True)
class EveryWeeks:
    """Every ``every`` weeks on ``weekdays``, counted from the week of ``anchor`` (a sprint).

    Weeks start on Monday. Nothing falls before ``anchor``. Equal to
    ``DTSTART=anchor;FREQ=WEEKLY;INTERVAL=every;BYDAY=weekdays;WKST=MO`` of RFC 5545.
    """

    every: int
    weekdays: tuple[int, ...]
    anchor: date

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError(f"a cadence comes every 1 week or more, not every {self.every}")
        if not self.weekdays or any(not 0 <= day <= 6 for day in self.weekdays):
            raise InputError(f"cadence weekdays must be 0 (Monday) to 6: {self.weekdays}")

    def __str__(self) -> str:
        weeks = "week" if self.every == 1 else f"{self.every} weeks"
        return f"every {weeks} on {days_text(self.weekdays)}"

    def dates(self, first: date, last: date, _working: WorkingDays) -> Iterator[date]:
        """The dates from ``first`` to ``last``, both included, ascending."""
        week_zero = self.anchor.toordinal() - self.anchor.weekday()
        week = max(0, (first.toordinal() - week_zero) // 7 // self.every) * self.every
        while (monday := week_zero + 7 * week) <= last.toordinal():
            for weekday in self.weekdays:
                day = date.fromordinal(monday + weekday)
                if max(first, self.anchor) <= day <= last:
                    yield day
            week += self.every

    @property
    def period_days(self) -> int:
        """The longest time between two dates."""
        return 7 * self.every + 7


@dataclass(frozen=True, slots=True)
class MonthRule:
    """The ``nth`` weekday, day or working day of a month; negative counts from its end.

    A month without it (no fifth Friday, no 31st) has no date: nothing slides into the next month.
    ``months`` (1 to 12) limits the rule to those; empty means all.
    """

    nth: int
    of: Literal["weekday", "day", "working_day"]
    weekday: int | None = None
    months: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        limit = 5 if self.of == "weekday" else 31
        if self.nth == 0 or abs(self.nth) > limit:
            raise InputError(f"a month has no {self.nth}. {self.of}: 1 to {limit}, or -1 for last")
        if (self.of == "weekday") != (self.weekday is not None):
            raise InputError("a month rule names a weekday exactly when it counts weekdays")
        if any(not 1 <= month <= 12 for month in self.months):
            raise InputError(f"months are 1 to 12: {self.months}")

    def __str__(self) -> str:
        nth = ORDINALS.get(self.nth, f"{self.nth}.")
        what = self.of.replace("_", " ")
        if self.weekday is not None:
            what = months.day_name[self.weekday]
        return f"the {nth} {what} of the month"

    def dates(self, first: date, last: date, working: WorkingDays) -> Iterator[date]:
        """The dates from ``first`` to ``last``, both included, ascending."""
        year, month = first.year, first.month
        while (year, month) <= (last.year, last.month):
            if not self.months or month in self.months:
                day = self._in_month(year, month, working)
                if day is not None and first <= day <= last:
                    yield day
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)

    def _in_month(self, year: int, month: int, working: WorkingDays) -> date | None:
        length = months.monthrange(year, month)[1]
        days = [date(year, month, number) for number in range(1, length + 1)]
        if self.of == "weekday":
            days = [day for day in days if day.weekday() == self.weekday]
        elif self.of == "working_day":
            days = [day for day in days if working.worked(day)]
        index = self.nth - 1 if self.nth > 0 else self.nth
        return days[index] if -len(days) <= index < len(days) else None

    @property
    def period_days(self) -> int:
        """The longest time between two dates, months without one left aside."""
        return 366 if self.months else 62


@dataclass(frozen=True, slots=True)
class Dates:
    """An explicit list of days, sorted here."""

    days: tuple[date, ...]

    def __post_init__(self) -> None:
        if not self.days:
            raise InputError("a cadence by dates names at least one date")
        object.__setattr__(self, "days", tuple(sorted(set(self.days))))

    def __str__(self) -> str:
        return f"{len(self.days)} listed dates"

    def dates(self, first: date, last: date, _working: WorkingDays) -> Iterator[date]:
        """The dates from ``first`` to ``last``, both included, ascending."""
        return (day for day in self.days if first <= day <= last)

    @property
    def period_days(self) -> int:
        """The longest time between two dates."""
        gaps = [(b - a).days for a, b in zip(self.days, self.days[1:], strict=False)]
        return max(gaps, default=1)


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rule for days, and the wall-clock minute after midnight in ``zone`` on those days."""

    rule: EveryWeeks | MonthRule | Dates
    at: int
    zone: str

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if not 0 <= self.at < 1440:
            raise InputError(f"a cadence is at 00:00 to 23:59, not at minute {self.at}")

    def __str__(self) -> str:
        return f"{self.rule} at {self.at // 60:02d}:{self.at % 60:02d} {self.zone}"

    def instants(
        self, first: date, last: date, working: WorkingDays | None = None
    ) -> Iterator[datetime]:
        """The instants on local dates ``first`` to ``last``, both included, in order."""
        zone = zone_named(self.zone)
        for day in self.rule.dates(first, last, working or WorkingDays()):
            yield at_minute(day, self.at, zone)

    def around(
        self, start: datetime, end: datetime, working: WorkingDays | None = None
    ) -> list[datetime]:
        """The instants of ``[start, end)`` with two periods before and after."""
        zone = zone_named(self.zone)
        pad = 2 * self.rule.period_days * ONE_DAY
        first, last = (start.astimezone(zone).date() - pad, end.astimezone(zone).date() + pad)
        return list(self.instants(first, last, working))
