"""What is around Day 0: the next freeze, and who will be away."""

from __future__ import annotations

from datetime import date, timedelta

from windlass.decisions.windows import Purpose, state_at
from windlass.plan.calendars import years_around
from windlass.plan.schedules import live_names, scope_of
from windlass.tasks.days import first_live, production_at
from windlass.tasks.release import Release


def days_to_freeze(release: Release) -> float:
    """Days from Day 0 to the next freeze or holiday; infinite when none is known, 0 within one."""
    product, day_0 = release.product, production_at(release)
    state = state_at(
        day_0,
        years_around(product.calendar, day_0, live=live_names(product)),
        scope_of(product.product, first_live(release)),
        (),
        Purpose.RELEASE,
    )
    if not state.open:
        return 0.0
    if state.next_close is None:
        return float("inf")
    return (state.next_close - day_0) / timedelta(days=1)


def signers(release: Release) -> tuple[int, int]:
    """How many people must sign, and for how many of them nobody will be there on Day 0."""
    day = production_at(release).date()
    needed = absent = 0
    for seat in release.plan.seats:
        if seat.only_if:
            continue
        there = [who for who in release.product.holders(seat.role) if not away(release, who, day)]
        needed += seat.count
        absent += max(0, seat.count - len(there))
    return needed, absent


def away(release: Release, who: str, day: date) -> bool:
    """Whether a person is away on ``day`` and nobody stands in for them."""
    person = release.product.people.get(who)
    return person is not None and any(
        absence.first <= day <= absence.last and not absence.stand_in for absence in person.away
    )
