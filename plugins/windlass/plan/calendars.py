"""Declared calendars worked out to plain intervals: recurrences and countries' holidays.

The calendar file says wall-clock times in its zone; ``decisions.windows`` wants instants. This is
the only place that expands RFC 5545 rules (with dateutil) and knows countries (with holidays).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from windlass.decisions.windows import Calendar, Freeze, FreezeKind, Holiday, ScopePattern
from windlass.decisions.windows.calendar import ANY
from windlass.decisions.windows.parse import parse_windows
from windlass.decisions.windows.wallclock import ONE_DAY, instant_of, zone_named
from windlass.errors import InputError
from windlass.spec.calendar import Calendar as DeclaredCalendar
from windlass.spec.calendar import Freeze as DeclaredFreeze
from windlass.spec.calendar import Scope as DeclaredScope

#: The Gregorian calendar repeats after 400 years, to the weekday.
CYCLE_YEARS = 400
LAST_YEAR = 9999
#: What is longer has no end that anybody planned for.
LONGEST_FREEZE = timedelta(days=3 * 366)
#: Years in which a freeze may begin.
YEARS = range(1970, 2200)
#: A freeze that recurs more often than daily is a mistake, and endless to expand.
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
RRULE_FREQUENCIES = dict(enumerate(FREQUENCIES))


def expand(
    declared: DeclaredCalendar,
    start: datetime,
    end: datetime,
    *,
    live: tuple[str, ...] = (),
) -> Calendar:
    """The calendar between ``start`` and ``end``, with everything that touches that time.

    Args:
        declared: the calendar as written.
        start: from when, an instant.
        end: until when; later instants count as closed wherever something recurs.
        live: names of the live environments: what a freeze without environments covers. None
            given: it covers every environment.

    Raises:
        InputError: a freeze ends before it starts, recurs more often than daily, or its rule
            cannot be read.
    """
    zone = zone_named(declared.zone)
    freezes = [f for item in declared.freezes for f in _freezes(item, zone, start, end, live)]
    holidays = tuple(_holidays(declared, start.year - 1, end.year + 1))
    endless = bool(declared.holidays.country) or any(item.repeat for item in declared.freezes)
    return Calendar(
        tuple(sorted(freezes, key=lambda freeze: (freeze.start, freeze.name))),
        holidays,
        parse_windows(declared.windows, declared.zone),
        end if endless else None,
    )


@dataclass(frozen=True, slots=True)
class Times:
    """A freeze's first time on the wall clock."""

    begins: datetime
    lasts: timedelta


def _freezes(
    item: DeclaredFreeze, zone: ZoneInfo, start: datetime, end: datetime, live: tuple[str, ...]
) -> Iterator[Freeze]:
    times = first_times(item, zone)
    kind = FreezeKind.RECURRING if item.repeat else FreezeKind.ONE_OFF
    for begins in _starts(item, times, zone, start, end):
        opens = instant_of(begins, zone)
        closes = instant_of(begins + times.lasts, zone, last=True)
        if closes <= start or opens >= end or closes <= opens:
            continue
        yield Freeze(
            item.name,
            opens,
            closes,
            _pattern(item.scope, live),
            item.reason,
            item.owner,
            kind,
            item.override,
        )


def first_times(item: DeclaredFreeze, zone: ZoneInfo) -> Times:
    """When a freeze is for the first time, on the wall clock of its calendar.

    Raises:
        InputError: it ends before it starts, or lasts for years: then nothing is ever released.
    """
    begins = _wall(item.begins, zone)
    if item.lasts is not None:
        lasts = item.lasts
    else:
        ends = item.ends
        if ends is None:  # the file's model asks for one of the two
            raise InputError(f"freeze {item.name!r} never ends")
        lasts = _wall(ends, zone) - begins
        if not isinstance(ends, datetime):
            lasts += ONE_DAY
    if lasts <= timedelta(0):
        raise InputError(f"freeze {item.name!r} ends at {begins + lasts}, before {begins}")
    if lasts > LONGEST_FREEZE or begins.year not in YEARS:
        raise InputError(
            f"freeze {item.name!r} from {begins:%Y-%m-%d} never ends; a freeze lasts "
            f"{LONGEST_FREEZE.days} days at most, and begins in {YEARS.start} to {YEARS.stop - 1}"
        )
    return Times(begins, lasts)


def _wall(value: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value


def _starts(
    item: DeclaredFreeze, times: Times, zone: ZoneInfo, start: datetime, end: datetime
) -> list[datetime]:
    if item.repeat is None:
        return [times.begins]
    margin = times.lasts + 2 * ONE_DAY
    first = start.astimezone(zone).replace(tzinfo=None) - margin
    last = end.astimezone(zone).replace(tzinfo=None) + 2 * ONE_DAY
    return beginnings(item.repeat, times.begins, first, last)


def beginnings(rule: str, begins: datetime, first: datetime, last: datetime) -> list[datetime]:
    """When ``rule`` starts again on the wall clock, from ``first`` to ``last``.

    dateutil looks for the next occurrence until the year 9999: seconds for a rule that has none.
    The rule is therefore moved by whole cycles of 400 years, after which the calendar repeats to
    the weekday, so that ``last`` lies in the last cycle before that year.

    Raises:
        InputError: the rule cannot be read or recurs more often than daily.
    """
    parsed = _parsed(rule, begins)
    cycles = (LAST_YEAR - max(last.year, begins.year)) // CYCLE_YEARS
    if parsed._byeaster is not None:  # type: ignore[attr-defined] # noqa: SLF001 - no public name; Easter repeats after 5.7 million years only
        cycles = 0
    years = cycles * CYCLE_YEARS
    until = parsed._until  # type: ignore[attr-defined] # noqa: SLF001 - no public name
    moved = parsed.replace(
        dtstart=_moved(begins, years), until=_moved(until, years) if until else None
    )
    found = moved.between(_moved(first, years), _moved(last, years), inc=True)
    return [_moved(when, -years) for when in found]


def _moved(when: datetime, years: int) -> datetime:
    return when.replace(year=when.year + years)


@lru_cache(maxsize=1024)
def _parsed(rule: str, begins: datetime) -> rrule:
    try:
        parsed = rrulestr(rule, dtstart=begins)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{rule!r} is not a recurrence rule ({error}); write RFC 5545, such as "
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=18"
        ) from error
    if isinstance(parsed, rruleset):
        raise InputError(f"{rule!r}: one RRULE without DTSTART, RDATE or EXDATE is allowed")
    frequency = parsed._freq  # type: ignore[attr-defined] # noqa: SLF001 - no public name
    if frequency not in RRULE_FREQUENCIES:
        raise InputError(f"{rule!r} recurs more often than daily; use {', '.join(FREQUENCIES)}")
    return parsed


def _pattern(scope: DeclaredScope, live: tuple[str, ...]) -> ScopePattern:
    return ScopePattern(
        tuple(scope.products) or ANY,
        tuple(scope.environments) or live or ANY,
        tuple(scope.regions) or ANY,
    )


def _holidays(declared: DeclaredCalendar, first: int, last: int) -> Iterator[Holiday]:
    listed = dict(declared.holidays.dates)
    if declared.holidays.country:
        years = range(first, last + 1)
        named = country_holidays(declared.holidays.country, declared.holidays.subdivision, years)
        listed = {**named, **listed}
    for day, name in sorted(listed.items()):
        yield Holiday(name, day, zone=declared.zone)


@lru_cache(maxsize=128)
def country_holidays(country: str, subdivision: str | None, years: range) -> dict[date, str]:
    """The public holidays of a country in ``years``.

    Raises:
        InputError: the country or its part is not known.
    """
    import holidays

    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=years)
    except NotImplementedError as error:
        known = holidays.list_supported_countries().get(country, [])
        where = f"{country}-{subdivision}" if subdivision else country
        hint = f"parts of {country}: {', '.join(known)}" if known else "use an ISO code such as CH"
        raise InputError(f"no holidays are known for {where}; {hint}") from error
    return dict(found.items())


def years_around(declared: DeclaredCalendar, at: datetime, live: tuple[str, ...] = ()) -> Calendar:
    """The calendar from a year before ``at`` to three years after, on whole years.

    The bounds do not move from minute to minute, so the answer can be kept.
    """
    start = datetime(at.year - 1, 1, 1, tzinfo=UTC)
    return expand(declared, start, datetime(at.year + 4, 1, 1, tzinfo=UTC), live=live)
