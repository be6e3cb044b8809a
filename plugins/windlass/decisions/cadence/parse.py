"""Reads rhythms and month rules as people write them."""

from __future__ import annotations

import re
from datetime import date

from windlass.decisions.cadence.rules import MonthRule
from windlass.decisions.windows.parse import FULL_NAMES
from windlass.errors import InputError

ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3,
    "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "last": -1,
}  # fmt: skip


def parse_weeks(text: str) -> int:
    """The number of weeks in ``week``, ``2 weeks``.

    Raises:
        InputError: anything else; days and months are other rules.
    """
    match = re.fullmatch(r"(?:(\d+)\s*)?weeks?", text.strip().lower())
    if not match or match[1] == "0":
        raise InputError(f"every: {text!r} is not understood; write 'week' or '2 weeks'")
    return int(match[1] or 1)


def parse_months(text: str) -> int:
    """The number of months in ``month``, ``3 months``; 0 for a rhythm that is not one of months.

    >>> parse_months("month"), parse_months("3 months"), parse_months("2 weeks")
    (1, 3, 0)
    """
    match = re.fullmatch(r"(?:([1-9]\d*)\s*)?months?", text.strip().lower())
    return int(match[1] or 1) if match else 0


def parse_month_rule(text: str, *, every: int = 1, anchor: date | None = None) -> MonthRule:
    """The rule in ``third tuesday``, ``last friday``, ``first working day``, ``day 15``.

    Args:
        text: which day of the month.
        every: every so many months.
        anchor: a day in the first of them.

    Raises:
        InputError: the text is not understood.

    >>> str(parse_month_rule("third Tuesday"))
    'the third Tuesday of the month'
    """
    words = text.strip().lower().replace(" of the month", "").split()
    if len(words) == 2 and words[0] == "day" and words[1].isdecimal():
        return MonthRule(int(words[1]), "day", every=every, anchor=anchor)
    nth = ORDINALS.get(words[0]) if words else None
    if nth is not None:
        if words[1:] == ["working", "day"]:
            return MonthRule(nth, "working_day", every=every, anchor=anchor)
        if words[1:] == ["day"]:
            return MonthRule(nth, "day", every=every, anchor=anchor)
        if len(words) == 2 and words[1] in FULL_NAMES:
            return MonthRule(nth, "weekday", FULL_NAMES[words[1]], every, anchor)
    raise InputError(
        f"month rule {text!r} is not understood; write 'third tuesday', 'last friday', "
        "'first working day', 'last day' or 'day 15'"
    )
