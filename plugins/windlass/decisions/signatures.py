"""What a gate asks for, and what people answered: the values :mod:`.approvals` decides on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from windlass.decisions.binding import Bound

#: What a seat binds to unless it says otherwise.
BINDS: tuple[str, ...] = ("scope", "package", "plan")


class Said(StrEnum):
    """The two answers a seat takes. Not answering is neither of them, however long it lasts."""

    APPROVE = "approve"
    REJECT = "reject"


class Via(StrEnum):
    """How an answer came: a required action, a mark in the grid, a standing approval."""

    ANSWER = "answer"
    MARK = "mark"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Seat:
    """A required approval: ``count`` different people who hold ``role``, bound to ``binds``."""

    gate: str
    role: str
    count: int = 1
    binds: tuple[str, ...] = BINDS

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"{self.gate}: {self.role} × {self.count}: a seat needs 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One rule of one gate. Where a gate has several, all must hold.

    Attributes:
        name: whose rule it is, for people (``company minimum``, ``storefront``).
        seats: what must be signed; each role at most once.
        exclude: people who never count here, with the reason.
        expires_after: how long a signature lasts; None = as long as what it is bound to.
        distinct: whether a person who holds two roles fills only one seat of the gate.
        still_holding: whether the role must be held not only when signing but also now.
        resolvers: roles that may send a rejected gate round again.
        risk_acceptors: roles that may accept a rejected risk; nobody may when empty.
    """

    name: str
    seats: tuple[Seat, ...]
    exclude: Mapping[str, str] = field(default_factory=dict)
    expires_after: timedelta | None = None
    distinct: bool = True
    still_holding: bool = False
    resolvers: tuple[str, ...] = ("product_manager",)
    risk_acceptors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        roles = [seat.role for seat in self.seats]
        if not roles or len({seat.gate for seat in self.seats}) != 1:
            raise ValueError(f"{self.name}: a rule needs seats, all of one gate")
        if len(set(roles)) != len(roles):
            raise ValueError(f"{self.name}: each role once, with a count; got {', '.join(roles)}")

    @property
    def gate(self) -> str:
        """The gate it is about."""
        return self.seats[0].gate

    def seat(self, role: str) -> Seat | None:
        """The seat of ``role``, or None when this rule does not ask for it."""
        return next((seat for seat in self.seats if seat.role == role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What one person answered for one role of one gate.

    Attributes:
        binds: what it covers, by name: what the page showed when it was given.
        reason: why, in the person's words.
        condition: what would turn a rejection round.
        until: when it ends by itself; None = by the rule.
        standing: id of the standing approval it comes from.
    """

    gate: str
    role: str
    person: str
    at: datetime
    said: Said = Said.APPROVE
    binds: Mapping[str, Bound] = field(default_factory=dict)
    reason: str = ""
    condition: str = ""
    via: Via = Via.ANSWER
    until: datetime | None = None
    standing: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"signature of {self.person}: {self.at} has no time zone")


class Way(StrEnum):
    """The ways out of a rejection that leave the release alive."""

    ADDRESSED = "addressed"
    RISK_ACCEPTED = "risk_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A named person's answer to a rejection: ask again, or own the risk.

    Accepting the risk fills the seat of ``role`` in that person's name, so it must be somebody who
    fills no other seat of the gate.
    """

    gate: str
    role: str
    rejected_by: str
    way: Way
    person: str
    at: datetime
    reason: str
    binds: Mapping[str, Bound] = field(default_factory=dict)
