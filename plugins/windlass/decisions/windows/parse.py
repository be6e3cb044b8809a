"""Reads windows as people write them.

``mon-thu 10:00-16:00``                      weekdays and hours
``mon,wed,fri 10:00-16:00``                  days listed before hours share them
``mon-thu 10:00-12:00, 14:00-16:00``         hours without days take the days before them
``mon-fri 10:00-16:00, sat``                 days without hours are whole days
``sat; mon-fri 10:00-16:00``                 ``;`` ends a clause, so here ``sat`` is a whole day
``fri 22:00-02:00``                          across midnight: opens on Friday, closes on Saturday
``10:00-16:00`` · ``always``                 every day
"""

from __future__ import annotations

import difflib
import re

from windlass.decisions.windows.local import DAYS, MINUTES_A_DAY, LocalWindow
from windlass.decisions.windows.wallclock import zone_named
from windlass.errors import InputError

ALL_DAYS = tuple(range(len(DAYS)))
EVERY_DAY = frozenset({"daily", "always", "every day", "everyday"})
FULL_NAMES = {
    name: index
    for index, full in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    for name in (full, full[:3], full[:2], full[:4])
} | {"thur": 3, "thurs": 3, "tues": 1}
HOURS = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$")


def parse_windows(text: str, zone: str) -> tuple[LocalWindow, ...]:
    """The windows that ``text`` describes, on the wall clock of ``zone``.

    Raises:
        InputError: the text is not understood; the message quotes the part and says what is
            allowed.

    >>> [str(w) for w in parse_windows("mon-thu 10:00-16:00, fri 10:00-12:00", "Europe/Dublin")]
    ['mon-thu 10:00-16:00 Europe/Dublin', 'fri 10:00-12:00 Europe/Dublin']
    """
    zone_named(zone)
    windows: list[LocalWindow] = []
    for clause in text.lower().split(";"):
        windows.extend(_clause(clause, text, zone))
    return tuple(windows)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Weekdays from ``mon-thu``, ``fri-mon`` (round the week's end), ``mon`` or ``daily``."""
    text = text.strip().lower()
    if text in EVERY_DAY:
        return ALL_DAYS
    first, dash, last = (part.strip() for part in text.replace("–", "-").partition("-"))
    start = _day(first)
    end = _day(last) if dash else start
    return tuple(sorted((start + step) % 7 for step in range((end - start) % 7 + 1)))


def parse_clock(text: str) -> int:
    """Minutes after midnight from ``HH:MM``; ``24:00`` is the end of the day."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minute <= MINUTES_A_DAY:
        raise InputError(f"{text!r} is not a time of day; write 00:00 to 24:00")
    return minute


def _clause(clause: str, text: str, zone: str) -> list[LocalWindow]:
    """One clause: days wait for the hours that follow, hours reuse the days before them."""
    windows: list[LocalWindow] = []
    waiting: list[int] = []
    current: tuple[int, ...] = ()
    for piece in clause.split(","):
        hours = HOURS.search(piece)
        days = piece[: hours.start()].strip() if hours else piece.strip()
        if not days and not hours:
            raise InputError(f"window {text!r} has an empty part; write 'mon-thu 10:00-16:00'")
        if days:
            waiting.extend(parse_weekdays(days))
        if hours:
            current = tuple(sorted(set(waiting))) if waiting else current or ALL_DAYS
            windows.append(_window(current, hours[1], hours[2], zone))
            waiting = []
    if waiting:
        windows.append(LocalWindow(tuple(sorted(set(waiting))), 0, MINUTES_A_DAY, zone))
    return windows


def _window(days: tuple[int, ...], opens: str, closes: str, zone: str) -> LocalWindow:
    start, end = parse_clock(opens), parse_clock(closes)
    if start == MINUTES_A_DAY:
        raise InputError(f"a window cannot start at 24:00; write 00:00-{closes} on the next day")
    if start == end:
        raise InputError(f"{opens}-{closes} is empty; for a whole day name the day without hours")
    return LocalWindow(days, start, end if end > start else end + MINUTES_A_DAY, zone)


def _day(name: str) -> int:
    if name in FULL_NAMES:
        return FULL_NAMES[name]
    near = difflib.get_close_matches(name, DAYS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise InputError(f"{name!r} is not a weekday; use {' '.join(DAYS)}{hint}")
