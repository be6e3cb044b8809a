"""What a product's calendar looks like: open and closed windows per place, and its Day 0s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.cadence import DayZero, planned_day_zeros
from windlass.decisions.conflicts import Booking
from windlass.decisions.windows import Calendar, Rules, Scope, parse_windows, state_at
from windlass.decisions.windows.agenda import Entry, agenda
from windlass.plan.calendars import expand
from windlass.plan.schedules import live_names, schedule_of
from windlass.spec.environments import Environment, Region
from windlass.spec.product import Product

#: How long a place counts as busy when its window stays open longer.
A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PlaceAgenda:
    """One place: ``production/eu-west``, its zone, and its business hours piece by piece."""

    name: str
    zone: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ProductAgenda:
    """One product: its places, its Day 0s (skipped ones too), and what they book."""

    product: str
    release_type: str
    places: tuple[PlaceAgenda, ...]
    day_zeros: tuple[DayZero, ...]
    bookings: tuple[Booking, ...]


def agenda_of(product: Product, start: datetime, end: datetime) -> ProductAgenda:
    """Everything about ``product`` in ``[start, end)``.

    Raises:
        InputError: the calendar cannot be worked out.
    """
    # a Day 0 at the edge may move into or out of the range
    margin = timedelta(days=100)
    calendar = expand(product.calendar, start - margin, end + margin, live=live_names(product))
    places = tuple(
        PlaceAgenda(name, zone, tuple(agenda(rules, start, end)))
        for name, zone, rules in _places(product, calendar)
    )
    drives = product.cadence.drives if product.cadence else ""
    zeros = _day_zeros(product, calendar, start, end) if product.cadence else ()
    bookings = tuple(_bookings(product, drives, calendar, zeros))
    return ProductAgenda(product.product, drives, places, zeros, bookings)


def _places(product: Product, calendar: Calendar) -> Iterable[tuple[str, str, Rules]]:
    for environment in product.environments:
        if not environment.live:
            continue
        for region in environment.regions or (None,):
            where: Environment | Region = region or environment
            name = f"{environment.name}/{region.name}" if region else environment.name
            hours = None if where.window is None else parse_windows(where.window, where.zone)
            scope = Scope(
                product.product, environment.name, region.name if region else None, where.zone
            )
            yield name, where.zone, Rules(calendar, scope, hours)


def _day_zeros(
    product: Product, calendar: Calendar, start: datetime, end: datetime
) -> tuple[DayZero, ...]:
    drives = product.cadence.drives if product.cadence else ""
    schedule = schedule_of(product, drives, calendar)
    return tuple(
        planned_day_zeros(
            schedule.cadence, schedule.rules, start, end, schedule.policy, schedule.working()
        )
    )


def _bookings(
    product: Product, release_type: str, calendar: Calendar, zeros: Iterable[DayZero]
) -> Iterable[Booking]:
    rules = next(iter(_places(product, calendar)))[2]
    on_call = product.on_call or product.holders("devops")
    for zero in zeros:
        if zero.skipped:
            continue
        state = state_at(zero.instant, calendar, rules.scope, rules.windows)
        until = min(state.next_close or zero.instant + A_DAY, zero.instant + A_DAY)
        yield Booking(
            product.product,
            release_type,
            zero.instant,
            until,
            locks_of(product),
            frozenset(on_call),
        )


def locks_of(product: Product) -> frozenset[str]:
    """The names of the live environments' locks; only a shared one is another product's too."""
    return frozenset(
        environment.claim or f"{product.product}/{environment.name}"
        for environment in product.environments
        if environment.live
    )
