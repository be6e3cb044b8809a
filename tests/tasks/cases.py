"""One row of the workflow: how it is broken, what it then says, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.tasks.world import World
from windlass.tasks.release import Release

#: What a release needs beside the row under test so that production could start.
AROUND = (
    "validation.cut",
    "validation.candidate",
    "execution.open",
    "execution.production.step",
)
Do = Callable[[World], None]
Look = Callable[[Mapping[str, Any], World], bool]


def nothing(world: World) -> None:
    """Leave the world as it is."""


def both(*acts: Callable[[World], object]) -> Do:
    """Each of ``acts``, in line."""

    def do(world: World) -> None:
        for act in acts:
            act(world)

    return do


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row, red and green.

    Attributes:
        task: id of the task under test.
        name: what is wrong in the red half.
        reason: what the red verdict says (a part of it).
        left: whether the evidence of the green half holds what the port said.
        red: ``asks`` parks with a red check, ``fails`` ends the release, ``waits`` waits,
            ``question`` parks with a question of its own.
        broken: breaks the world before the release opens.
        mended: puts it right; ``run again`` is answered then. None: the green half has a fresh
            world.
        product, wrong: changes of the product in both halves; further ones in the red half.
        inputs, wrong_inputs: of the release, likewise.
        also: rows that the plan holds beside those around.
        by: who answers ``run again``.
    """

    task: str
    name: str
    reason: str
    left: Look
    red: str = "asks"
    prepared: Do = nothing
    broken: Do = nothing
    mended: Do | None = None
    product: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    wrong_inputs: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    kind: str = "minor"
    by: str = "ops"

    @property
    def id(self) -> str:
        """The test's name."""
        return f"{self.task}: {self.name}".replace(" ", "-")

    def open(self, world: World, *, wrong: bool, run: str) -> Release:
        """A release whose plan holds the row under test and what is around it."""
        inputs = {**self.inputs, **(self.wrong_inputs if wrong else {})}
        rows = (*AROUND, self.task, *self.also)
        return world.open(self.kind, rows=rows, run=run, **{"day_0": None, **inputs})


def over(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``changes`` over ``base``, mapping by mapping."""
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = over(merged[key], value) if both else value
    return merged
