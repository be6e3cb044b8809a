"""The small values of the files: durations, periods, percents, names, zones, commands."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from windlass.spec.model import SpecModel

_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "d": 86400,
    "day": 86400,
    "days": 86400,
    "week": 604800,
    "weeks": 604800,
}
_DURATION = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)")
_WORKING = re.compile(r"(?P<amount>\d+)\s+working\s+days?")
DURATION_HELP = "a number and a unit, such as 20 s, 10 min, 24 h, 3 days, 2 weeks"
PERIOD_HELP = f"{DURATION_HELP}, or 2 working days"


def parse_duration(value: object) -> timedelta:
    """A duration as written.

    >>> parse_duration("1.5 h")
    datetime.timedelta(seconds=5400)

    Raises:
        ValueError: it is not a number with a known unit.
    """
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or found["unit"] not in _UNITS:
        raise ValueError(f"{value!r} is not a duration; allowed: {DURATION_HELP}")
    return timedelta(seconds=float(found["amount"]) * _UNITS[found["unit"]])


def format_duration(value: timedelta) -> str:
    """The shortest exact text that :func:`parse_duration` reads back.

    >>> format_duration(timedelta(hours=36)), format_duration(timedelta(seconds=20))
    ('36 h', '20 s')
    """
    seconds = value.total_seconds()
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + " s"


_DURATION_SCHEMA = {"type": "string", "examples": ["20 s", "10 min", "24 h", "3 days"]}

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]


class Period(SpecModel):
    """A length of calendar time: either plain ``time`` or a number of working days."""

    time: timedelta = timedelta(0)
    working_days: int = 0

    def __str__(self) -> str:
        if self.working_days:
            return f"{self.working_days} working day{'s' if self.working_days > 1 else ''}"
        return format_duration(self.time)

    @property
    def days(self) -> float:
        """Calendar days; five working days count as seven."""
        return self.working_days * 7 / 5 + self.time / timedelta(days=1)


def parse_period(value: object) -> Period:
    """A period as written.

    >>> parse_period("2 working days").working_days
    2

    Raises:
        ValueError: it is neither a duration nor a number of working days.
    """
    if isinstance(value, Period):
        return value
    found = _WORKING.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is not None:
        return Period(working_days=int(found["amount"]))
    try:
        return Period(time=parse_duration(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a period; allowed: {PERIOD_HELP}") from None


CalendarPeriod = Annotated[
    Period,
    BeforeValidator(parse_period),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["3 days", "2 working days"]}),
]


def _percent(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?\s*%", value.strip()):
        return float(value.strip().rstrip("%"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueErrors only
            f"{value!r} is not a percentage; allowed: 0 to 100, such as 95 or 95%"
        )
    return value


#: 0 to 100, written ``95`` or ``95%``.
Percent = Annotated[
    float,
    BeforeValidator(_percent),
    Field(ge=0, le=100),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "%$"}]}),
]


@cache
def zone_names() -> frozenset[str]:
    """Every IANA zone this machine knows."""
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        from windlass.spec.suggest import did_you_mean

        hint = did_you_mean(value, zone_names())
        raise ValueError(f"unknown time zone {value!r}; allowed: an IANA name{hint}") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]

#: A name that may become part of a task id: no dots, no spaces.
Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40, strict=True)
]


def _command(value: object) -> object:
    if isinstance(value, str):
        value = shlex.split(value)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be a command, such as make test, or a list of its words")
    return tuple(value)


def _join(value: tuple[str, ...]) -> str:
    return shlex.join(value)


#: An argument list; run without a shell. Written as one line or as a list of words.
Command = Annotated[
    tuple[str, ...],
    BeforeValidator(_command),
    PlainSerializer(_join, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


def as_tuple(value: Any) -> Any:
    """One thing where several may stand: ``x`` means ``[x]``."""
    return value if isinstance(value, list | tuple) else (value,)
