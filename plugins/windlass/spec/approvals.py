"""``approvals:``: the seats of each gate, and who never counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from windlass.spec.json_shapes import RoleOrSeat, RolesOrCounts
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Duration, Slug, parse_duration

Gate = Literal["quality", "acceptance", "readiness"]
Bound = Literal["scope", "package", "plan", "scan", "rollback"]


class Seat(SpecModel):
    """``count`` different people who hold ``role`` must approve."""

    role: Slug = Field(description="The role that signs.")
    count: int = Field(1, ge=1, le=9, description="How many different people.")
    binds: tuple[Bound, ...] = Field(
        ("scope", "package", "plan"), description="What a signature is void without."
    )
    checklist: tuple[str, ...] = Field((), description="What the person goes through.")


def _seat(value: Any) -> Any:
    return {"role": value} if isinstance(value, str) else value


def _seats(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [{"role": role, "count": count} for role, count in value.items()]
    return value


Seats = Annotated[
    tuple[Annotated[Seat, BeforeValidator(_seat), RoleOrSeat()], ...],
    BeforeValidator(_seats),
    RolesOrCounts(),
]


class Approvals(SpecModel):
    """Every gate's seats; none means that the gate needs no person."""

    quality: Seats = Field((), description="Who weighs the test results.")
    acceptance: Seats = Field((), description="Who accepts the features.")
    readiness: Seats = Field((), description="Go/no-go.")
    when_breaking: Seats = Field((), description="Added to acceptance when anything breaks.")
    when_risky: Seats = Field((), description="Added to readiness when risk is high.")
    when_no_way_back: Seats = Field(
        (), description="Added to readiness when a migration cannot be undone."
    )
    exclude: tuple[Literal["trigger", "authors"], ...] = Field(
        ("trigger",), description="Whose signature never counts."
    )
    expire: Duration = Field(parse_duration("7 days"), description="How long a signature holds.")
    remind: Duration = Field(
        parse_duration("4 h"), description="Between reminders, in working hours."
    )
    escalate: Duration = Field(
        parse_duration("8 h"), description="When the captain is told, in working hours."
    )
    answer_within: Duration | None = Field(
        None,
        description="When nobody is waited for any more, in working hours: the gate stays shut "
        "and the product manager is asked what becomes of the release.",
    )
    still_holding: bool = Field(
        default=True,
        description="Whether who signed must still hold the role when production starts.",
    )
    accept_risk: bool = Field(
        default=True, description="Whether a rejection may be met by accepting the risk."
    )

    def of(self, gate: Gate) -> tuple[Seat, ...]:
        """The seats that ``gate`` always has."""
        seats: tuple[Seat, ...] = getattr(self, gate)
        return seats
