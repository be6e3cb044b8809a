"""What closes the calendar: freezes and holidays, each with a scope; and who may step over them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import accumulate

from windlass.decisions.windows.local import LocalWindow
from windlass.decisions.windows.spans import Span
from windlass.decisions.windows.wallclock import (
    ONE_DAY,
    at_minute,
    require_instant,
    zone_named,
)
from windlass.errors import InputError

ANY = ("*",)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where somebody wants to release.

    A part left out means "any of them": every freeze on one of them applies. State what you know.
    ``zone`` is the region's, for holidays; ``None`` takes that of the business hours, else UTC.
    """

    product: str | None = None
    environment: str | None = None
    region: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """What a freeze touches: shell patterns (``eu-*``), any of which may match."""

    products: tuple[str, ...] = ANY
    environments: tuple[str, ...] = ANY
    regions: tuple[str, ...] = ANY
    _everywhere: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        parts = (self.products, self.environments, self.regions)
        object.__setattr__(self, "_everywhere", all(part == ANY for part in parts))

    def touches(self, scope: Scope) -> bool:
        """Whether ``scope`` is inside; a part that the scope leaves out always is."""
        return self._everywhere or (
            _matches(scope.product, self.products)
            and _matches(scope.environment, self.environments)
            and _matches(scope.region, self.regions)
        )


def _matches(value: str | None, patterns: tuple[str, ...]) -> bool:
    if value is None or patterns == ANY:
        return True
    return any(fnmatchcase(value, pattern) for pattern in patterns)


class FreezeKind(StrEnum):
    """Where a freeze comes from."""

    ONE_OFF = "one_off"
    RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing is released from ``start`` to ``end`` (outside) where ``scope`` touches.

    Attributes:
        name: how people and overrides call it; a recurring freeze has one name for all its times.
        reason: why.
        owner: whom to ask.
        override_roles: who may step over it; nobody when empty.
    """

    name: str
    start: datetime
    end: datetime
    scope: ScopePattern = field(default_factory=ScopePattern)
    reason: str = ""
    owner: str = ""
    kind: FreezeKind = FreezeKind.ONE_OFF
    override_roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        start = require_instant(self.start, f"freeze {self.name!r}: start")
        end = require_instant(self.end, f"freeze {self.name!r}: end")
        if end <= start:
            raise InputError(
                f"freeze {self.name!r} ends at {end.isoformat()}, "
                f"before it starts at {start.isoformat()}"
            )
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)

    @property
    def span(self) -> Span:
        """When it is in force."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A local day on which nothing is released and nobody is asked.

    ``zone`` fixes whose day it is; without one it is the day of whichever region is asked about.
    """

    name: str
    day: date
    scope: ScopePattern = field(default_factory=ScopePattern)
    zone: str | None = None

    def span(self, zone: str) -> Span:
        """The whole day in its own zone, else in ``zone``."""
        where = zone_named(self.zone or zone)
        return Span(at_minute(self.day, 0, where), at_minute(self.day + ONE_DAY, 0, where))


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision to step over one freeze, holiday or window for a while.

    Attributes:
        target: the freeze's or holiday's name, or ``window`` for the business hours.
        who, role, reason: none may be empty; ``decide_override`` checks the role.
        start, until: how long it holds; until is outside.
    """

    target: str
    who: str
    role: str
    reason: str
    start: datetime
    until: datetime

    def __post_init__(self) -> None:
        for name in ("target", "who", "role", "reason"):
            if not getattr(self, name).strip():
                raise InputError(f"an override needs a {name}")
        start = require_instant(self.start, "an override's start")
        until = require_instant(self.until, "an override's end")
        if until <= start:
            raise InputError(f"the override of {self.target!r} ends before it starts")
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "until", until)

    @property
    def span(self) -> Span:
        """When it holds."""
        return Span(self.start, self.until)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that closes, worked out to plain intervals, sorted here by time.

    Attributes:
        windows: business hours for whoever names none of their own.
        known_until: recurrences are expanded up to here; later instants count as closed, because
            nobody looked. ``None``: nothing recurs, so nothing is unknown.
    """

    freezes: tuple[Freeze, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    windows: tuple[LocalWindow, ...] = ()
    known_until: datetime | None = None
    _begins: tuple[datetime, ...] = field(init=False, repr=False, compare=False, default=())
    _reach: tuple[datetime, ...] = field(init=False, repr=False, compare=False, default=())
    _days: tuple[date, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        freezes = tuple(sorted(self.freezes, key=lambda f: (f.start, f.end, f.name)))
        holidays = tuple(sorted(self.holidays, key=lambda h: (h.day, h.name)))
        object.__setattr__(self, "freezes", freezes)
        object.__setattr__(self, "holidays", holidays)
        object.__setattr__(self, "_begins", tuple(f.start for f in freezes))
        object.__setattr__(self, "_reach", tuple(accumulate((f.end for f in freezes), max)))
        object.__setattr__(self, "_days", tuple(h.day for h in holidays))

    def freezes_between(self, start: datetime, end: datetime) -> Iterator[Freeze]:
        """The freezes in force at some time of ``[start, end)``, by start."""
        first = bisect_right(self._reach, start)  # nothing before it reaches past the start
        last = bisect_left(self._begins, end)
        return (freeze for freeze in self.freezes[first:last] if freeze.end > start)

    def holidays_near(self, start: datetime, end: datetime) -> tuple[Holiday, ...]:
        """The holidays that may lie in ``[start, end)``: a local date is at most one day off."""
        first = bisect_left(self._days, start.date() - ONE_DAY)
        return self.holidays[first : bisect_right(self._days, end.date() + ONE_DAY)]
