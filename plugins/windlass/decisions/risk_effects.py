"""What a risk score does to a release: it can add approvals and steps, never remove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from windlass.decisions.risk import Level, Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRules:
    """What each level adds: roles that must sign too, and steps before the first one."""

    seats: Mapping[Level, tuple[str, ...]] = field(default_factory=dict)
    steps: Mapping[Level, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """The seats and steps as they are with the risk, and what was moved, in words."""

    seats: tuple[str, ...]
    steps: tuple[int, ...]
    moved: tuple[str, ...]


def add_for(risk: Risk, rules: RiskRules, seats: Sequence[str], steps: Sequence[int]) -> Added:
    """Add what ``risk`` asks for. High risk gets what medium risk gets too.

    >>> high = Risk(80, Level.HIGH, ())
    >>> rules = RiskRules(seats={Level.HIGH: ("stakeholder",)}, steps={Level.HIGH: (1,)})
    >>> added = add_for(high, rules, ["devops"], [5, 50, 100])
    >>> added.seats, added.steps
    (('devops', 'stakeholder'), (1, 5, 50, 100))
    >>> added.moved
    ('risk 80 (high): stakeholder must sign too', 'risk 80 (high): a step at 1 %')
    """
    reached = list(Level)[: list(Level).index(risk.level) + 1]
    roles = [role for level in reached for role in rules.seats.get(level, ())]
    wanted = {percent for level in reached for percent in rules.steps.get(level, ())}
    new_roles = tuple(role for role in dict.fromkeys(roles) if role not in seats)
    new_steps = tuple(sorted(p for p in wanted - set(steps) if 0 < p < 100))
    said = f"risk {risk.score} ({risk.level})"
    return Added(
        seats=(*seats, *new_roles),
        steps=tuple(sorted({*steps, *new_steps})),
        moved=(
            *(f"{said}: {role} must sign too" for role in new_roles),
            *(f"{said}: a step at {percent} %" for percent in new_steps),
        ),
    )
