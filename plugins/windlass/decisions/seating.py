"""The seats of a gate: which are filled, what is still needed, and from whom.

What is missing is the smallest number of further signatures that would open the gate. A person who
signed for a seat that others could take may be needed for one that only they can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from windlass.decisions.assignment import Assignment, Cell, Option, assign
from windlass.decisions.signatures import GateRule

#: person → role → the cells filled by that person in that role.
Able = dict[str, dict[str, set[Cell]]]


@dataclass(frozen=True, slots=True)
class Seating:
    """``filled``: ``(person, role)``; ``missing``: how many more by role, and who could be one."""

    filled: tuple[tuple[str, str], ...]
    missing: Mapping[str, int]
    may_sign: Mapping[str, tuple[str, ...]]


def take(able: Able, person: str, cell: Cell) -> None:
    """Note that ``person`` fills ``cell``."""
    able.setdefault(person, {}).setdefault(cell[1], set()).add(cell)


def seat_people(rules: Sequence[GateRule], signed: Able, could: Able) -> Seating:
    """Seat people by the signatures there are, and count the ones still needed.

    Args:
        rules: of one gate. People fill one seat each if any of them says so.
        signed: what good signatures fill.
        could: what people would fill if they signed now.
    """
    needed = {(p, seat.role): seat.count for p, rule in enumerate(rules) for seat in rule.seats}
    if any(rule.distinct for rule in rules):
        return _seat(needed, _options(signed, could))
    parts = []
    for role in dict.fromkeys(role for _, role in needed):
        alone = {cell: count for cell, count in needed.items() if cell[1] == role}
        parts.append(_seat(alone, _options(_only(signed, role), _only(could, role))))
    return Seating(
        filled=tuple(sorted(seat for part in parts for seat in part.filled)),
        missing={role: count for part in parts for role, count in part.missing.items()},
        may_sign={role: who for part in parts for role, who in part.may_sign.items()},
    )


def _seat(needed: Mapping[Cell, int], options: Mapping[str, tuple[Option, ...]]) -> Seating:
    crowd = _crowd(options, sum(needed.values()))
    best = assign(needed, crowd)
    missing = dict(best.short)
    for _, option in best.taken:
        if option.new:
            missing[option.role] = missing.get(option.role, 0) + 1
    return Seating(
        filled=tuple((person, option.role) for person, option in best.taken if not option.new),
        missing=dict(sorted(missing.items())),
        may_sign={r: tuple(_who_may(needed, options, crowd, best, r)) for r in sorted(missing)},
    )


def _who_may(
    needed: Mapping[Cell, int],
    options: Mapping[str, tuple[Option, ...]],
    crowd: Mapping[str, tuple[Option, ...]],
    best: Assignment,
    role: str,
) -> Iterable[str]:
    """Everybody whose new signature as ``role`` is part of some best way to open the gate."""
    useful: dict[tuple[Option, ...], bool] = {}
    for person, choices in crowd.items():
        if choices not in useful:
            forced = tuple(o for o in choices if o.new and o.role == role)
            useful[choices] = bool(forced) and _no_worse(needed, crowd, person, forced, best)
    return (person for person in sorted(options) if useful.get(options[person], False))


def _no_worse(
    needed: Mapping[Cell, int],
    crowd: Mapping[str, tuple[Option, ...]],
    person: str,
    forced: tuple[Option, ...],
    best: Assignment,
) -> bool:
    found = assign(needed, {**crowd, person: forced})
    return found.price <= best.price and any(who == person for who, _ in found.taken)


def _options(signed: Able, could: Able) -> dict[str, tuple[Option, ...]]:
    """What each person can take; a new signature only where it fills more than the old one."""
    options: dict[str, tuple[Option, ...]] = {}
    for person in sorted({*signed, *could}):
        old, more = signed.get(person, {}), could.get(person, {})
        has = [Option(role, frozenset(old[role])) for role in sorted(old)]
        has += [
            Option(role, frozenset(more[role]), new=True)
            for role in sorted(more)
            if more[role] - old.get(role, set())
        ]
        options[person] = tuple(has)
    return options


def _crowd(options: Mapping[str, tuple[Option, ...]], seats: int) -> dict[str, tuple[Option, ...]]:
    """``options`` without the people who are one too many of a kind: big teams stay cheap."""
    crowd: dict[str, tuple[Option, ...]] = {}
    alike: dict[tuple[Option, ...], int] = {}
    for person, choices in options.items():
        alike[choices] = alike.get(choices, 0) + 1
        if alike[choices] <= seats:
            crowd[person] = choices
    return crowd


def _only(able: Able, role: str) -> Able:
    return {person: {role: roles[role]} for person, roles in able.items() if role in roles}
