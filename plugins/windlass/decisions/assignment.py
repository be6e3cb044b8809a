"""Which person takes which seat, so that as few seats as possible stay empty.

With one rule this is maximum bipartite matching of people to seats. With several rules, in which a
signature may count for one and not for another, it is more than that; so the search walks over
*fill vectors* instead of paths: after each person, all the ways in which the cells (rule × role)
can be filled so far, each with the fewest new signatures that lead there. There are at most
∏(count + 1) vectors, a few dozen in practice, so the search is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: One seat of one rule: the rule's place among the rules, and the role.
Cell = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Option:
    """A seat somebody can take: the cells it fills, and whether it needs a new signature."""

    role: str
    cells: frozenset[Cell]
    new: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who takes what; how many people each role lacks all the same; the cells unfilled in all."""

    taken: tuple[tuple[str, Option], ...]
    short: Mapping[str, int]
    unfilled: int

    @property
    def price(self) -> tuple[int, int, int]:
        """What makes one assignment worse than another: seats empty, cells empty, signatures."""
        return sum(self.short.values()), self.unfilled, sum(option.new for _, option in self.taken)


def assign(needed: Mapping[Cell, int], options: Mapping[str, Sequence[Option]]) -> Assignment:
    """The assignment of the lowest price in which nobody takes two seats; always the same one.

    Mia can be both, Dev only developer: Mia must be the product manager.

    >>> pm, dev = (0, "pm"), (0, "developer")
    >>> as_pm, as_dev = Option("pm", frozenset({pm})), Option("developer", frozenset({dev}))
    >>> best = assign({pm: 1, dev: 1}, {"dev": [as_dev], "mia": [as_dev, as_pm]})
    >>> [(person, option.role) for person, option in best.taken], best.short
    ([('dev', 'developer'), ('mia', 'pm')], {})
    >>> assign({pm: 1, dev: 1}, {"mia": [as_dev, as_pm]}).short
    {'pm': 1}
    """
    cells = tuple(needed)
    counts = tuple(needed.values())
    reached: dict[tuple[int, ...], tuple[int, tuple[tuple[str, Option], ...]]]
    reached = {(0,) * len(cells): (0, ())}
    for person in sorted(options):
        for filled, (price, taken) in list(reached.items()):
            for option in options[person]:
                after = tuple(
                    min(have + (cell in option.cells), count)
                    for cell, have, count in zip(cells, filled, counts, strict=True)
                )
                cost = price + option.new
                if after not in reached or cost < reached[after][0]:
                    reached[after] = (cost, (*taken, (person, option)))
    found = (_assignment(needed, filled, taken) for filled, (_, taken) in reached.items())
    return min(found, key=lambda assignment: assignment.price)


def _assignment(
    needed: Mapping[Cell, int], filled: Sequence[int], taken: tuple[tuple[str, Option], ...]
) -> Assignment:
    short: dict[str, int] = {}
    unfilled = 0
    for (cell, count), have in zip(needed.items(), filled, strict=True):
        if have < count:
            short[cell[1]] = max(count - have, short.get(cell[1], 0))
            unfilled += count - have
    return Assignment(taken, short, unfilled)
