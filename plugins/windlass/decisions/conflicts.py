"""Releases that get in each other's way: the same environment, or the same only person on call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Booking:
    """One planned release.

    Attributes:
        product, release_type: what.
        day_zero, until: when it is in production; ``until`` is outside.
        locks: the environments it locks.
        on_call: who may be asked while it is rolled out.
    """

    product: str
    release_type: str
    day_zero: datetime
    until: datetime
    locks: frozenset[str]
    on_call: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two releases at one time; ``kind`` is environment or people, ``shared`` what they share."""

    one: Booking
    other: Booking
    kind: str
    shared: tuple[str, ...]

    @property
    def text(self) -> str:
        """The conflict in words."""
        what = ", ".join(self.shared)
        need = f"both need {what}"
        if self.kind == "people":
            need += ", and nobody else is on call"
        return f"{self.one.product} and {self.other.product}: {need}"


def conflicts(bookings: Iterable[Booking]) -> list[Conflict]:
    """Every pair of bookings of different products that cannot both go ahead, by time.

    People conflict only when two releases cannot be given a different person each.
    """
    found: list[Conflict] = []
    ordered = sorted(bookings, key=lambda booking: (booking.day_zero, booking.product))
    for one, other in combinations(ordered, 2):
        if other.day_zero >= one.until or one.product == other.product:
            continue
        locks = tuple(sorted(one.locks & other.locks))
        if locks:
            found.append(Conflict(one, other, "environment", locks))
        if one.on_call == other.on_call and len(one.on_call) == 1:
            found.append(Conflict(one, other, "people", tuple(one.on_call)))
    return found
