"""``flags:``: feature flags that releases may ramp, for named audiences and then by percents."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile, takewhile
from typing import Annotated

from pydantic import AfterValidator, Field

from windlass.spec.judging import Metric
from windlass.spec.model import SpecModel
from windlass.spec.rollout import Bake
from windlass.spec.scalars import Slug


def _audiences_first(steps: tuple[Slug | int, ...]) -> tuple[Slug | int, ...]:
    """Names first, each once; then percents that rise to 100."""
    names = tuple(takewhile(_is_name, steps))
    percents = tuple(dropwhile(_is_name, steps))
    numbers = [step for step in percents if isinstance(step, int)]
    mixed = len(numbers) != len(percents) or len(set(names)) != len(names)
    if mixed or numbers != sorted(set(numbers)) or numbers[:1] < [1] or numbers[-1:] != [100]:
        raise ValueError(
            f"the steps {list(steps)} must be audiences, each once, and then percents that rise, "
            "from 1 or more to 100; write [staff, 5, 50, 100]"
        )
    return steps


def _is_name(step: Slug | int) -> bool:
    return isinstance(step, str)


class Flag(SpecModel):
    """A feature flag, from off to on for everybody."""

    steps: Annotated[tuple[int | Slug, ...], AfterValidator(_audiences_first)] = Field(
        (5, 25, 50, 100), description="Audiences by name, one after the other; then percents."
    )
    environments: tuple[Slug, ...] = Field(
        (), description="Live environments it is ramped in; none: all of them."
    )
    label: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        description="The label of metrics that says on or off, as the user who was served has it; "
        "none: the flag's name with _ for -.",
    )
    guard: Mapping[Slug, Metric] = Field(
        default_factory=dict,
        description="Metrics by which users with it and without are compared; none: those of "
        "judge.",
    )
    bake: Bake | None = Field(
        None, description="How long each of its steps is watched; none: as rollout.bake says."
    )

    def label_of(self, name: str) -> str:
        """The label that tells its users from the others; ``name`` is the flag's own."""
        return self.label or name.replace("-", "_")
