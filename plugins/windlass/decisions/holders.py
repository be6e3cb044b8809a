"""Who holds which role, and when: the history that "held the role when signing" is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person holds a role from ``since`` until just before ``until`` (None: still).

    ``stands_in_for`` names the person who is away, when that is why.
    """

    person: str
    since: datetime
    until: datetime | None = None
    stands_in_for: str = ""

    def covers(self, instant: datetime) -> bool:
        """Whether ``instant`` falls into it."""
        return self.since <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Holders:
    """Tenures by role.

    >>> from datetime import UTC
    >>> monday, friday = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)
    >>> team = Holders({"devops": (Tenure("ops", monday, until=friday),)})
    >>> sorted(team.at("devops", monday)), sorted(team.at("devops", friday))
    (['ops'], [])
    """

    tenures: Mapping[str, Sequence[Tenure]] = field(default_factory=dict)

    def at(self, role: str, instant: datetime) -> frozenset[str]:
        """The people who hold ``role`` at ``instant``; nobody for a role that is not known."""
        return frozenset(t.person for t in self.tenures.get(role, ()) if t.covers(instant))

    def any_of(self, roles: Sequence[str], person: str, instant: datetime) -> bool:
        """Whether ``person`` holds at least one of ``roles`` at ``instant``."""
        return any(person in self.at(role, instant) for role in roles)
