"""Milestones as dates: counted from Day 0 on the product's own clock and working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from windlass.decisions.cadence import Lead, next_fitting, next_start, opening_from, starts
from windlass.decisions.windows.state import HORIZON
from windlass.decisions.working_days import WorkingDays, working_days_of
from windlass.plan.calendars import years_around
from windlass.plan.release_plan import ReleasePlan
from windlass.plan.schedules import (
    lead_of,
    live_names,
    place_of,
    schedule_of,
    watch_of,
    working_weekdays,
)
from windlass.spec.product import Product


@dataclass(frozen=True, slots=True)
class Dated:
    """A milestone; ``at`` is None while Day 0 is not known."""

    name: str
    phase: str
    days: float
    at: datetime | None

    @property
    def text(self) -> str:
        """The date for people, or how far from Day 0."""
        if self.at is not None:
            return f"{self.at:%a %Y-%m-%d %H:%M %Z}"
        return "Day 0" if self.days == 0 else f"Day 0 {self.days:+.4g} days"


def upcoming_day_0(product: Product, release_type: str, now: datetime) -> datetime | None:
    """Day 0 of the next release of that type: by the cadence, or as soon as a window opens.

    ``None``: the product has no cadence, so nothing says when its windows are wanted.
    """
    if product.cadence is None:
        return None
    calendar = years_around(product.calendar, now, live_names(product))
    schedule = schedule_of(product, release_type, calendar)
    if product.cadence.drives != release_type:
        return next_fitting(schedule, now)
    start = next_start(schedule, now)
    return start.day_zero.instant if start else None


def next_window(product: Product, release_type: str, now: datetime) -> datetime | None:
    """Day 0 of a release that a person starts ``now`` for the next window: after its lead time.

    ``None``: nothing opens within the horizon.
    """
    calendar = years_around(product.calendar, now, live_names(product))
    if product.cadence is not None:
        return next_fitting(schedule_of(product, release_type, calendar), now)
    place, lead = place_of(product), lead_of(product.policy(release_type).lead)
    rules = place.rules(calendar)
    working = working_days_of(calendar, rules.scope, working_weekdays(product.calendar))
    return opening_from(rules, lead.after(now, ZoneInfo(place.zone), working))


def day_0_after_completion(product: Product, release_type: str, now: datetime) -> datetime | None:
    """Day 0 of a release that the end of development starts: the next one still to be cut.

    Of a product with a cadence that is the cadence's own, so that both mean the same release. One
    whose scope is locked by now is past. ``None``: no cadence, so production follows when ready.
    """
    if product.cadence is None or product.cadence.drives != release_type:
        return None
    schedule = schedule_of(
        product, release_type, years_around(product.calendar, now, live_names(product))
    )
    zone, cut = ZoneInfo(product.cadence.zone), lead_of(product.policy(release_type).cut)
    for start in starts(schedule, now, now + HORIZON):
        day_0 = start.day_zero.instant
        if cut.before(day_0, zone, schedule.working()) >= now:
            return day_0
    return None


def date_milestones(
    product: Product, plan: ReleasePlan, day_0: datetime | None
) -> tuple[Dated, ...]:
    """Every milestone of the plan with its date, in order."""
    policy = product.policy(plan.release_type)
    lengths: dict[str, tuple[Lead, int]] = {
        "planning": (lead_of(policy.lead), -1),
        "validation": (lead_of(policy.cut), -1),
        "follow_up": (watch_of(policy.follow_up), 1),
    }
    clock = _Clock.of(product, plan.release_type, day_0) if day_0 else None
    dated = []
    for milestone in plan.milestones:
        length, sign = lengths.get(milestone.phase, (Lead(), 1))
        at = clock.shifted(length, sign) if clock else None
        dated.append(Dated(milestone.name, milestone.phase, milestone.days, at))
    return tuple(dated)


@dataclass(frozen=True, slots=True)
class _Clock:
    """Counts from Day 0 in the product's zone, over the days on which its company works."""

    day_0: datetime
    zone: ZoneInfo
    working: WorkingDays

    @classmethod
    def of(cls, product: Product, release_type: str, day_0: datetime) -> _Clock:
        if product.cadence is None:
            return cls(day_0, ZoneInfo(product.calendar.zone), WorkingDays())
        calendar = years_around(product.calendar, day_0, live_names(product))
        working = schedule_of(product, release_type, calendar).working()
        return cls(day_0, ZoneInfo(product.cadence.zone), working)

    def shifted(self, length: Lead, sign: int) -> datetime:
        shift = length.before if sign < 0 else length.after
        return shift(self.day_0, self.zone, self.working).astimezone(self.zone)
