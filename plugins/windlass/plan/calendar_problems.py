"""What is wrong with a calendar although every value of it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from windlass.decisions.windows import zone_named
from windlass.errors import InputError
from windlass.plan.calendars import beginnings, country_holidays, first_times
from windlass.spec.calendar import Calendar, Freeze
from windlass.spec.source import Path_

#: A rule that does not come in this many years never does: the 29th of February may need eight.
YEARS = 40
#: Over so long a freeze must leave a gap.
LONG = timedelta(days=800)


def calendar_problems(declared: Calendar, now: datetime) -> Iterator[tuple[Path_, str]]:
    """Every place in the file that is wrong, with what is allowed.

    Args:
        declared: the calendar as written.
        now: the present: holidays are asked for this year.
    """
    try:
        if declared.holidays.country:
            this_year = range(now.year, now.year + 1)
            country_holidays(declared.holidays.country, declared.holidays.subdivision, this_year)
    except InputError as error:
        yield ("holidays", "country"), str(error)
    for index, freeze in enumerate(declared.freezes):
        yield from _freeze(freeze, zone_named(declared.zone), ("freezes", index))


def _freeze(freeze: Freeze, zone: ZoneInfo, at: Path_) -> Iterator[tuple[Path_, str]]:
    try:
        times = first_times(freeze, zone)
    except InputError as error:
        yield (*at, "until"), str(error)
        return
    if freeze.repeat is None:
        return
    try:
        begins = times.begins
        found = beginnings(freeze.repeat, begins, begins, begins + timedelta(days=366 * YEARS))
    except InputError as error:
        yield (*at, "repeat"), str(error)
        return
    if not found:
        what = f"{freeze.repeat!r} never comes in {YEARS} years after {begins:%Y-%m-%d}"
        yield (*at, "repeat"), f"{what}; look at its days and months"
    elif found[-1] - found[0] > LONG and all(b - a <= times.lasts for a, b in pairwise(found)):
        yield (
            (*at, "repeat"),
            (
                f"never ends: it lasts {times.lasts} and comes again before that is over; "
                "make it shorter or rarer"
            ),
        )
