"""``mon-thu 10:00-16:00``: hours of the week, as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW_HELP = "such as mon-thu 10:00-16:00, or mon,wed 22:00-04:00; several parted by ;"
_PART = re.compile(
    r"(?P<days>[a-z,\- ]+?)\s+(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2})"
)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Open from ``opens`` to ``closes``, local time, on ``days`` (0 is Monday).

    ``closes`` at or before ``opens`` is on the next day; ``00:00`` is the end of the day.
    """

    days: tuple[int, ...]
    opens: time
    closes: time


def parse_window(text: str) -> tuple[WeeklyHours, ...]:
    """The hours that ``text`` says.

    >>> parse_window("mon-tue 10:00-16:00")[0].days
    (0, 1)

    Raises:
        ValueError: it cannot be read; says what can.
    """
    return tuple(_part(part.strip()) for part in text.lower().split(";"))


def _part(text: str) -> WeeklyHours:
    if text == "always":
        return WeeklyHours(tuple(range(7)), time(0), time(0))
    found = _PART.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a window; allowed: always, or {WINDOW_HELP}")
    days = {day for span in found["days"].split(",") for day in _days(span.strip(), text)}
    return WeeklyHours(tuple(sorted(days)), _time(found["opens"]), _time(found["closes"]))


def _days(span: str, text: str) -> list[int]:
    first, _, last = (part.strip() for part in span.partition("-"))
    for day in (first, last or first):
        if day not in DAYS:
            raise ValueError(f"{text!r}: unknown day {day!r}; allowed: {', '.join(DAYS)}")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]


def _time(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is not a time of day; allowed: 00:00 to 24:00")
    return time(hour, minute)


def _checked(text: str) -> str:
    parse_window(text)
    return text


WindowText = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "examples": ["mon-thu 10:00-16:00", "always"]}),
]
