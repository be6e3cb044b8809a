"""The lead time: how long before Day 0 a release starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from windlass.decisions.windows.wallclock import ONE_DAY, local_date
from windlass.decisions.working_days import WorkingDays, wall_shifted
from windlass.errors import InputError


@dataclass(frozen=True, slots=True)
class Lead:
    """``days`` on the wall clock (worked ones when ``working``), then ``rest`` on a stopwatch.

    Ten days before 10:00 is 10:00, whatever daylight saving did between.
    """

    days: int = 0
    rest: timedelta = timedelta(0)
    working: bool = False

    def __post_init__(self) -> None:
        if self.days < 0 or self.rest < timedelta(0):
            raise InputError(f"a lead time is not negative: {self.days} days and {self.rest}")

    def __str__(self) -> str:
        parts = []
        if self.days:
            plural = "" if self.days == 1 else "s"
            parts.append(f"{self.days} {'working ' if self.working else ''}day{plural}")
        if self.rest:
            parts.append(f"{self.rest.total_seconds() / 3600:g} h")
        return " and ".join(parts) or "no time"

    def before(
        self, day_zero: datetime, zone: ZoneInfo, working: WorkingDays | None = None
    ) -> datetime:
        """When a release for ``day_zero`` starts."""
        return self._shifted(day_zero, -1, zone, working) - self.rest

    def after(
        self, start: datetime, zone: ZoneInfo, working: WorkingDays | None = None
    ) -> datetime:
        """The earliest Day 0 of a release that starts at ``start``."""
        return self._shifted(start + self.rest, 1, zone, working)

    def _shifted(
        self, instant: datetime, sign: int, zone: ZoneInfo, working: WorkingDays | None
    ) -> datetime:
        if not self.days:
            return instant
        day = local_date(instant, zone)
        if self.working:
            day = (working or WorkingDays()).shifted(day, sign * self.days)
        else:
            day += sign * self.days * ONE_DAY
        return wall_shifted(instant, day, zone)
