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
    """``days`` on the wall clock (worked ones when ``working``), then ``hours`` on a stopwatch.

    Ten days before 10:00 is 10:00, whatever daylight saving did between.
    """

    days: int = 0
    hours: int = 0
    working: bool = False

    def __post_init__(self) -> None:
        if self.days < 0 or self.hours < 0:
            raise InputError(f"a lead time is not negative: {self.days} days, {self.hours} hours")

    def __str__(self) -> str:
        parts = []
        if self.days:
            parts.append(f"{self.days} {'working ' if self.working else ''}days")
        if self.hours:
            parts.append(f"{self.hours} h")
        return " and ".join(parts) or "no time"

    def before(
        self, day_zero: datetime, zone: ZoneInfo, working: WorkingDays | None = None
    ) -> datetime:
        """When a release for ``day_zero`` starts."""
        start = day_zero
        if self.days:
            day = local_date(day_zero, zone)
            if self.working:
                day = (working or WorkingDays()).shifted(day, -self.days)
            else:
                day -= self.days * ONE_DAY
            start = wall_shifted(day_zero, day, zone)
        return start - timedelta(hours=self.hours)
