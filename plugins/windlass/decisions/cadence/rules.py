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

    Attributes:
        nth: which one.
        of: what is counted.
        weekday: 0 (Monday) to 6, exactly when weekdays are counted.
        every: every so many months, counted from that of ``anchor``.
        anchor: nothing falls before it; needed when ``every`` is more than 1.
    """

    nth: int
    of: Literal["weekday", "day", "working_day"]
    weekday: int | None = None
    every: int = 1
    anchor: date | None = None

    def __post_init__(self) -> None:
        if self.every < 1 or (self.every > 1 and self.anchor is None):
            raise InputError("a rule for every few months needs an anchor, a day in the first one")
        limit = 5 if self.of == "weekday" else 31
        if self.nth == 0 or abs(self.nth) > limit:
            raise InputError(f"a month has no {self.nth}. {self.of}: 1 to {limit}, or -1 for last")
        if (self.of == "weekday") != (self.weekday is not None):
            raise InputError("a month rule names a weekday exactly when it counts weekdays")

    def __str__(self) -> str:
        nth = ORDINALS.get(self.nth, f"{self.nth}.")
        what = self.of.replace("_", " ")
        if self.weekday is not None:
            what = months.day_name[self.weekday]
        month = "the month" if self.every == 1 else f"every {self.every} months"
        return f"the {nth} {what} of {month}"

    def dates(self, first: date, last: date, working: WorkingDays) -> Iterator[date]:
        """The dates from ``first`` to ``last``, both included, ascending."""
        anchor = self.anchor or first
        first = max(first, anchor)
        since = first.year * 12 + first.month - anchor.year * 12 - anchor.month
        number = anchor.year * 12 + anchor.month - 1 + since // self.every * self.every
        while number <= last.year * 12 + last.month - 1:
            day = self._in_month(number // 12, number % 12 + 1, working)
            if day is not None and first <= day <= last:
                yield day
            number += self.every

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
        return 31 * (self.every + 1)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The dates of several rules: "first and third Tuesday"."""

    rules: tuple[EveryWeeks | MonthRule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise InputError("a cadence of several rules has at least one")

    def __str__(self) -> str:
        return " and ".join(str(rule) for rule in self.rules)

    def dates(self, first: date, last: date, working: WorkingDays) -> Iterator[date]:
        """The dates from ``first`` to ``last``, both included, ascending."""
        found = {day for rule in self.rules for day in rule.dates(first, last, working)}
        return iter(sorted(found))

    @property
    def period_days(self) -> int:
        """The longest time between two dates."""
        return max(rule.period_days for rule in self.rules)


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

    rule: EveryWeeks | MonthRule | AnyOf | Dates
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
