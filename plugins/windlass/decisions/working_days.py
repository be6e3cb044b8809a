"""Counting in working days: cut-offs, notice periods, watches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from windlass.decisions.windows.calendar import Calendar, Scope
from windlass.decisions.windows.wallclock import ONE_DAY, instant_of, local_date
from windlass.errors import InputError

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
#: More consecutive days off than this is a mistake in the calendar, not a holiday.
LONGEST_BREAK = 400


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which dates are worked: ``weekdays`` (0 is Monday) that are not in ``off``."""

    weekdays: tuple[int, ...] = MONDAY_TO_FRIDAY
    off: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or any(not 0 <= day <= 6 for day in self.weekdays):
            raise InputError(f"working weekdays must be 0 (Monday) to 6: {self.weekdays}")

    def worked(self, day: date) -> bool:
        """Whether anybody works on ``day``."""
        return day.weekday() in self.weekdays and day not in self.off

    def shifted(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``, or before it when negative.

        ``day`` itself is never counted, so it need not be a working day; 0 gives it back.

        Raises:
            InputError: no working day in more than a year.

        >>> WorkingDays().shifted(date(2026, 1, 6), -3)  # Tuesday: Mon, Fri, Thu
        datetime.date(2026, 1, 1)
        """
        step = ONE_DAY if count > 0 else -ONE_DAY
        left, idle = abs(count), 0
        while left:
            day += step
            if self.worked(day):
                left, idle = left - 1, 0
            elif (idle := idle + 1) > LONGEST_BREAK:
                raise InputError(f"no working day within {LONGEST_BREAK} days of {day}")
        return day


def working_days_of(
    calendar: Calendar, scope: Scope, weekdays: tuple[int, ...] = MONDAY_TO_FRIDAY
) -> WorkingDays:
    """The working days of a place: its weekdays without the holidays that touch it."""
    off = frozenset(h.day for h in calendar.holidays if h.scope.touches(scope))
    return WorkingDays(weekdays, off)


def wall_shifted(instant: datetime, day: date, zone: ZoneInfo, at: time | None = None) -> datetime:
    """``day`` at the time of day that clocks in ``zone`` show at ``instant`` (or at ``at``)."""
    clock = at if at is not None else instant.astimezone(zone).time()
    return instant_of(datetime.combine(day, clock.replace(tzinfo=None, fold=0)), zone)


def cut_off(
    day_zero: datetime, count: int, zone: ZoneInfo, days: WorkingDays, at: time | None = None
) -> datetime:
    """When scope is locked: ``count`` working days before Day 0, same time of day unless ``at``.

    Raises:
        InputError: ``count`` is negative: a cut-off after Day 0 locks nothing.
    """
    if count < 0:
        raise InputError(f"a cut-off lies before Day 0: {count} working days is not allowed")
    day = days.shifted(local_date(day_zero, zone), -count)
    return min(wall_shifted(day_zero, day, zone, at), day_zero)


@dataclass(frozen=True, slots=True)
class Watch:
    """The time after a release in which somebody watches it.

    Attributes:
        start, end: instants.
        days_off: local dates inside on which nobody works.
    """

    start: datetime
    end: datetime
    days_off: tuple[date, ...]

    @property
    def needs_watcher(self) -> bool:
        """Whether it needs a person named for the days off."""
        return bool(self.days_off)


def watch_after(
    start: datetime, days: int, zone: ZoneInfo, working: WorkingDays, *, only_worked: bool
) -> Watch:
    """The watch of ``days`` days after ``start``.

    Args:
        start: when the release was live.
        days: how many days it is watched.
        zone: whose days.
        working: which of them are worked.
        only_worked: count working days: the watch's end moves past the days off. They stay in
            ``days_off``, since the version is live on them all the same.
    """
    first = local_date(start, zone)
    last = working.shifted(first, days) if only_worked else first + days * ONE_DAY
    end = wall_shifted(start, last, zone)
    return Watch(start, end, tuple(d for d in _dates(first, last) if not working.worked(d)))


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + step * ONE_DAY for step in range((last - first).days + 1))
