"""How long a part of a release takes by itself, without waiting for anybody or anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from windlass.decisions.simulation.model import Effort, Kind, Model
from windlass.decisions.simulation.simulate import simulate

ALL = "all"


def stretch_p90(model: Model, steps: Collection[str], runs: int, seed: int) -> timedelta:
    """The time that nine of ten plays of ``steps`` need, those side by side counted once.

    Windows among them open at once: the answer is what such an opening has to hold.
    No steps need no time.
    """
    wanted = frozenset(steps)
    kept = tuple(
        replace(
            step,
            kind=Kind.WORK if step.kind is Kind.WINDOW else step.kind,
            effort=Effort(0.0) if step.kind is Kind.WINDOW else step.effort,
            after=tuple(name for name in step.after if name in wanted),
            not_before=None,
            covers=(),
        )
        for step in model.steps
        if step.id in wanted
    )
    if not kept:
        return timedelta()
    alone = replace(model, steps=kept, places={}, milestones={ALL: tuple(step.id for step in kept)})
    p90 = simulate(alone, runs, seed).milestones[0].p90
    return model.horizon if p90 is None else p90 - model.start
