"""Validation that goes on past the first mistakes, so that people see all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from windlass.spec.locate import place_of, pruned
from windlass.spec.problems import line_of
from windlass.spec.source import Node, Path_

M = TypeVar("M", bound=BaseModel)
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """What came of it.

    Attributes:
        value: the model; made without the wrong parts when there are problems, for further
            checks only; ``None`` when nothing could be made.
        problems: one line each.
        wrong: trails of what was left out: say nothing more about them.
    """

    value: M | None
    problems: tuple[str, ...]
    wrong: tuple[Path_, ...]

    def concerns(self, trail: Path_) -> bool:
        """Whether a further finding at ``trail`` may only be an echo of a problem told already."""
        return any(_related(trail, wrong) for wrong in self.wrong)


def check(model: type[M], tree: Node) -> Checked[M]:
    """Validate ``tree``, leave out what is wrong, and look again for what that was hiding."""
    problems: list[str] = []
    wrong: list[Path_] = []
    for _ in range(ROUNDS):
        try:
            value = model.model_validate(tree.plain())
        except ValidationError as error:
            found: list[Path_] = []
            for details in error.errors(include_url=False):
                place = place_of(tree, details["loc"])
                full = (*place.trail, *place.missing)
                echo = any(full != told and full == told[: len(full)] for told in found)
                if not echo and not any(_related(full, told) for told in wrong):
                    problems.append(line_of(details, model, tree))
                found.append(place.trail or full[:1])
            wrong += found
            tree = pruned(tree, found)
        else:
            return Checked(value, tuple(problems), tuple(wrong))
    return Checked(None, tuple(problems), tuple(wrong))


def _related(one: Path_, other: Path_) -> bool:
    """Whether one place holds the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
