"""Durations of every step in every run, from one seed.

The numbers come from SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
generators", 2014) over a counter: a function of seed, step, run and nothing else. No generator is
shared, so the same seed gives the same durations whatever the calendar is and whatever numpy does.
"""

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
GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = (1 << 64) - 1


def draw(model: Model, runs: int, seed: int) -> dict[str, Floats]:
    """Step → durations in seconds, one a run; for a seat one row a holder of its role."""
    drawn: dict[str, Floats] = {}
    for index, step in enumerate(model.steps):
        rows = len(model.holders(step.role)) if step.kind is Kind.SEAT else 1
        values = durations(step.effort, seed, index, rows * runs).reshape(rows, runs)
        drawn[step.id] = values if step.kind is Kind.SEAT else values[0]
    return drawn


def durations(effort: Effort, seed: int, stream: int, count: int) -> Floats:
    """``count`` durations in seconds: past ones where there are enough, else log-normal ones."""
    import numpy as np

    if len(effort.samples) >= ENOUGH_SAMPLES:
        past = np.array(effort.samples, dtype=float)
        chosen = (uniform(seed, 2 * stream, count) * len(past)).astype(int)
        picked: Floats = past[chosen]
        return picked
    radius = np.sqrt(-2.0 * np.log(uniform(seed, 2 * stream, count)))
    normal = radius * np.cos(2.0 * math.pi * uniform(seed, 2 * stream + 1, count))
    scattered: Floats = effort.typical * np.exp(math.log(effort.spread) / Z90 * normal)
    return scattered


def uniform(seed: int, stream: int, count: int) -> Floats:
    """``count`` numbers between 0 and 1, both outside, independent between streams."""
    import numpy as np

    base = _mixed(_mixed(seed & MASK) + stream)
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN) + np.uint64(base)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    z ^= z >> np.uint64(31)
    found: Floats = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
    return found


def _mixed(value: int) -> int:
    value = (value + GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * FIRST) & MASK
    value = ((value ^ (value >> 27)) * SECOND) & MASK
    return value ^ (value >> 31)
