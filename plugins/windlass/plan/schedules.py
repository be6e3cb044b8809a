"""A product's cadence, hours and calendar as ``decisions.cadence`` reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from windlass.decisions.cadence import (
    AnyOf,
    Cadence,
    ClosedPolicy,
    Dates,
    EveryWeeks,
    Lead,
    MonthRule,
    Schedule,
    parse_month_rule,
)
from windlass.decisions.windows import Calendar, LocalWindow, Rules, Scope
from windlass.decisions.windows.parse import parse_clock, parse_weekdays, parse_windows
from windlass.decisions.windows.wallclock import ONE_DAY
from windlass.errors import PlanError
from windlass.plan.release_plan import PlannedTarget
from windlass.spec.cadence import Cadence as DeclaredCadence
from windlass.spec.calendar import Calendar as DeclaredCalendar
from windlass.spec.environments import Environment, Region
from windlass.spec.follow_up import FollowUp
from windlass.spec.product import Product
from windlass.spec.scalars import Period

#: Where weeks are counted from when every week counts.
ANY_MONDAY = date(2020, 1, 6)


def cadence_of(declared: DeclaredCadence) -> Cadence:
    """The cadence as written, ready to be counted.

    Raises:
        InputError: a day of it is not understood.
    """
    return Cadence(_rule(declared), parse_clock(declared.at), declared.zone)


def _rule(declared: DeclaredCadence) -> EveryWeeks | MonthRule | AnyOf | Dates:
    if declared.dates:
        return Dates(declared.dates)
    if declared.weeks:
        weekdays = sorted({day for text in declared.on for day in parse_weekdays(text)})
        return EveryWeeks(declared.weeks, tuple(weekdays), declared.anchor or ANY_MONDAY)
    rules = tuple(
        parse_month_rule(text, every=declared.months, anchor=declared.anchor)
        for text in declared.on
    )
    return rules[0] if len(rules) == 1 else AnyOf(rules)


def lead_of(period: Period) -> Lead:
    """A period of the files as a lead time: whole days on the wall clock, the rest on a watch."""
    if period.working_days:
        return Lead(period.working_days, working=True)
    days = period.time // ONE_DAY
    return Lead(days, period.time - days * ONE_DAY)


def watch_of(follow_up: FollowUp) -> Lead:
    """How long a version is watched after it was released.

    Days on which nobody works count only where somebody is named who watches on them. A watch of
    less than a day is that of whoever releases.
    """
    length = lead_of(follow_up.monitor)
    return length if follow_up.watcher else replace(length, working=bool(length.days))


@dataclass(frozen=True, slots=True)
class Place:
    """Where Day 0 happens: plain values, so that a timetable can carry them.

    ``window`` is the place's own hours in ``zone``; ``None``: the calendar's. ``live`` names every
    live environment: what a freeze without environments covers.
    """

    product: str
    environment: str
    region: str | None
    zone: str
    window: str | None
    live: tuple[str, ...]

    def rules(self, calendar: Calendar) -> Rules:
        """``calendar`` as it applies here."""
        hours = None if self.window is None else parse_windows(self.window, self.zone)
        return Rules(calendar, Scope(self.product, self.environment, self.region, self.zone), hours)


def place_of(product: Product) -> Place:
    """The first live environment and its first region."""
    environment = next(item for item in product.environments if item.live)
    region = next(iter(environment.regions), None)
    where: Environment | Region = region or environment
    return Place(
        product.product,
        environment.name,
        region.name if region else None,
        where.zone,
        where.window,
        live_names(product),
    )


def live_names(product: Product) -> tuple[str, ...]:
    """The names of the product's live environments."""
    return tuple(item.name for item in product.environments if item.live)


def scope_of(product: str, target: PlannedTarget) -> Scope:
    """The place that a planned target is, for ``state_at``."""
    return Scope(product, target.environment, target.region or None, target.zone)


def hours_of(target: PlannedTarget) -> tuple[LocalWindow, ...] | None:
    """The hours of a planned target; ``None``: the calendar's own."""
    return None if target.window is None else parse_windows(target.window, target.zone)


def schedule_at(
    place: Place,
    cadence: DeclaredCadence,
    declared: DeclaredCalendar,
    lead: Period,
    calendar: Calendar,
) -> Schedule:
    """When releases at ``place`` start by themselves.

    Args:
        place: where Day 0 happens.
        cadence: as written.
        declared: the calendar as written: its working days count in leads.
        lead: how long before Day 0 a release starts.
        calendar: ``declared``, worked out.
    """
    return Schedule(
        cadence_of(cadence),
        place.rules(calendar),
        ClosedPolicy(cadence.when_closed),
        lead_of(lead),
        working_weekdays(declared),
    )


def schedule_of(product: Product, release_type: str, calendar: Calendar) -> Schedule:
    """When releases of that type of that product start by themselves.

    Raises:
        PlanError: the product has no cadence.
    """
    if product.cadence is None:
        raise PlanError([f"{product.product} has no cadence: nothing starts by itself"])
    lead = product.policy(release_type).lead
    return schedule_at(place_of(product), product.cadence, product.calendar, lead, calendar)


def working_weekdays(calendar: DeclaredCalendar) -> tuple[int, ...]:
    """The weekdays on which the company works at any hour, 0 is Monday."""
    windows = parse_windows(calendar.working, calendar.zone)
    return tuple(sorted({day for window in windows for day in window.weekdays}))
