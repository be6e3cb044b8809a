"""Fields of a JSON document, read strictly: where, what, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isfinite, nan
from typing import Any

from windlass.errors import InputError

Document = Mapping[str, Any]


def only(given: Document, known: Sequence[str], where: str) -> None:
    """Refuse keys that are not known, with the nearest known one."""
    for key in given:
        if key not in known:
            close = get_close_matches(str(key), known, 1)
            hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
            raise InputError(f"{where + ': ' if where else ''}unknown key {key!r}{hint}")


def mapping(given: object, where: str) -> Document:
    """The value as an object."""
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: an object is needed")
    return given


def needed(given: Document, key: str, where: str) -> float:
    """The number at ``key``, which must be there."""
    if given.get(key) is None:
        raise InputError(f"{where}.{key} is missing")
    return number(given[key], f"{where}.{key}")


def series(given: object, where: str) -> list[float]:
    """The value as a list of numbers, where ``null`` is NaN."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"{where}: a list of numbers is needed")
    return [point(value, f"{where}[{place}]") for place, value in enumerate(given)]


def point(value: object, where: str) -> float:
    """A number, where ``null`` is NaN."""
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where}: {value!r} is not a number")
    return float(value)


def number(value: object, where: str) -> float:
    """The value as a finite number."""
    given = point(value, where)
    if not isfinite(given):
        raise InputError(f"{where}: {value!r} is not a finite number")
    return given


def whole(value: object, where: str) -> int:
    """The value as a whole number."""
    given = number(value, where)
    if given != int(given):
        raise InputError(f"{where}: {value!r} is not a whole number")
    return int(given)


def flag(given: Document, key: str, where: str) -> bool:
    """The value at ``key`` as true or false; false when it is missing."""
    value = given.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        place = f"{where}.{key}" if where else key
        raise InputError(f"{place}: {value!r} is not true or false")
    return value


def finite(value: float | None) -> float | None:
    """The value for JSON: what is not finite is ``null``."""
    return value if value is not None and isfinite(value) else None
