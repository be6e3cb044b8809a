"""Durations of every step in every run, from one seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from windlass.decisions.simulation.model import ENOUGH_SAMPLES, Effort, Kind, Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The 90th percentile of the standard normal distribution.
Z90 = 1.2815515655446004


def draw(model: Model, runs: int, seed: int) -> dict[str, Floats]:
    """Step → durations in seconds, one a run; for a seat one row a holder of its role.

    The same seed gives the same durations whatever the calendar is, so that two calendars can be
    compared run by run.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    drawn: dict[str, Floats] = {}
    for step in model.steps:
        rows = len(model.holders(step.role)) if step.kind is Kind.SEAT else 1
        values = _draw(step.effort, rng, (rows, runs))
        drawn[step.id] = values if step.kind is Kind.SEAT else values[0]
    return drawn


def _draw(effort: Effort, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    if len(effort.samples) >= ENOUGH_SAMPLES:
        return rng.choice(effort.samples, size=shape)
    sigma = math.log(effort.spread) / Z90
    return effort.typical * rng.lognormal(0.0, sigma, size=shape)
