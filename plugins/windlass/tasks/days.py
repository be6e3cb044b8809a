"""A release's own calendar: working days, Day 0, and when the scope is locked."""

from __future__ import annotations

from datetime import date, datetime

from windlass.decisions.windows import zone_named
from windlass.decisions.windows.wallclock import ONE_DAY, local_date
from windlass.decisions.working_days import WorkingDays, working_days_of
from windlass.plan.calendars import years_around
from windlass.plan.release_plan import PlannedTarget
from windlass.plan.schedules import (
    lead_of,
    live_names,
    place_of,
    watch_of,
    working_weekdays,
)
from windlass.spec.scalars import Period
from windlass.tasks.calendars import window_of
from windlass.tasks.release import Release


def before(release: Release, instant: datetime, period: Period) -> datetime:
    """``period`` before ``instant``, on the wall clock of the first live place."""
    zone = zone_named(place_of(release.product).zone)
    return lead_of(period).before(instant, zone, worked(release, instant))


def after(release: Release, instant: datetime, period: Period) -> datetime:
    """``period`` after ``instant``, on the wall clock of the first live place."""
    zone = zone_named(place_of(release.product).zone)
    return lead_of(period).after(instant, zone, worked(release, instant))


def watched_after(release: Release, instant: datetime) -> datetime:
    """When the watch ends that begins at ``instant``."""
    zone = zone_named(place_of(release.product).zone)
    return watch_of(release.policy.follow_up).after(instant, zone, worked(release, instant))


def days_off(release: Release, start: datetime, end: datetime) -> tuple[date, ...]:
    """The local days that ``start`` to ``end`` touches on which nobody works."""
    zone, working = zone_named(place_of(release.product).zone), worked(release, start)
    first, last = local_date(start, zone), local_date(end, zone)
    days = (first + number * ONE_DAY for number in range((last - first).days + 1))
    return tuple(day for day in days if not working.worked(day))


def worked(release: Release, around: datetime) -> WorkingDays:
    """The working days at the first live place, as its calendar has them."""
    product = release.product
    calendar = years_around(product.calendar, around, live=live_names(product))
    scope = place_of(product).rules(calendar).scope
    return working_days_of(calendar, scope, working_weekdays(product.calendar))


def cut_off(release: Release) -> datetime | None:
    """When the scope is locked; None for a release that has no Day 0 and is cut at once."""
    day_0 = release.view.day_0
    return None if day_0 is None else before(release, day_0, release.policy.cut)


def production_at(release: Release) -> datetime:
    """Day 0; without one, the next instant at which the first live place is open."""
    now, day_0 = release.now(), release.view.day_0
    if day_0 is not None:
        return day_0
    state = window_of(release, first_live(release), now)
    return now if state.open else state.next_open or now


def first_live(release: Release) -> PlannedTarget:
    """The target that is rolled out first."""
    return release.plan.live_targets[0]
