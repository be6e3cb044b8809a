"""The one conversion from wall clocks to instants: wall-clock in, UTC out.

Two rules settle what daylight saving leaves open, and keep the order of times:

* a wall time that happens twice means the first time (or the last, where asked);
* a wall time that does not happen means the moment the clock jumps over it.

RFC 5545 reads a skipped time with the offset before the jump instead (02:30 becomes 03:30). Then
"02:30 to 03:15" would end before it starts, so it is not used here.
"""

from __future__ import annotations

import difflib
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from windlass.errors import InputError

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


@cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone called ``name``.

    Raises:
        InputError: no such zone; the message suggests the nearest names.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else "; use an IANA name: Europe/Zurich"
        raise InputError(f"unknown time zone {name!r}{hint}") from error


def instant_of(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The UTC instant at which clocks in ``zone`` show the naive time ``wall``.

    Args:
        wall: a time without a zone.
        zone: where the clock hangs.
        last: for a time that happens twice, take the second one. What closes (a freeze's end)
            asks for it, so that the doubt never opens anything.

    >>> zurich = zone_named("Europe/Zurich")
    >>> instant_of(datetime(2026, 3, 29, 2, 30), zurich).isoformat()  # skipped: 02:00 to 03:00
    '2026-03-29T01:00:00+00:00'
    >>> instant_of(datetime(2026, 10, 25, 2, 30), zurich).isoformat()  # happens twice
    '2026-10-25T00:30:00+00:00'
    """
    if wall.fold:
        wall = wall.replace(fold=0)
    before = _offset(wall, zone)
    after = _offset(wall.replace(fold=1), zone)
    if before < after:
        return _jump(wall, zone, before, after)
    return (wall - (after if last else before)).replace(tzinfo=UTC)


def _jump(wall: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> datetime:
    """The instant in the gap around ``wall`` at which the offset becomes ``after``."""
    low = (wall - after).replace(tzinfo=UTC)
    seconds = int((after - before).total_seconds())
    first, final = 0, seconds
    while first < final:
        middle = (first + final) // 2
        if _offset((low + middle * ONE_SECOND).astimezone(zone), zone) == after:
            final = middle
        else:
            first = middle + 1
    return low + first * ONE_SECOND


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    """The offset by the fields of ``wall`` and its fold, as PEP 495 defines it."""
    offset = zone.utcoffset(wall)
    if offset is None:  # a ZoneInfo always knows its offset
        raise InputError(f"{zone.key} has no offset from UTC at {wall}")
    return offset


# regions share zones and hours, and every question is about the same few days
@lru_cache(maxsize=16384)
def at_minute(day: date, minute: int, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant ``minute`` minutes of wall clock after local midnight of ``day``.

    ``minute`` may pass 1440: then it is on the day after.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return instant_of(wall, zone, last=last)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date that calendars in ``zone`` show at ``instant``."""
    return instant.astimezone(zone).date()


def require_instant(value: datetime, what: str) -> datetime:
    """``value`` in UTC.

    Raises:
        InputError: ``value`` has no zone, so nobody can say which instant it means.
    """
    if value.utcoffset() is None:
        raise InputError(f"{what} needs a time zone: {value.isoformat()} could be any instant")
    return value.astimezone(UTC)
