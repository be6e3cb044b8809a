"""Simulated releases: an hour of one-minute looks, after an hour before the release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np  # noqa: TID253 - no DAG imports a benchmark
from numpy.typing import NDArray  # noqa: TID253 - same

MINUTES = 60
BASE_RATE = 0.01

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Scenario:
    """Traffic, what is wrong with the canary, and what makes life hard.

    Attributes:
        name: the column's name.
        canary: requests of the canary in a minute.
        baseline: requests of the baseline in a minute.
        ratio: canary rate over baseline rate.
        start: the minute from which that holds.
        noise: coefficient of variation of independent Gamma noise per arm and minute.
        shared: whether the common rate drifts and a ten-minute fivefold incident hits both arms.
    """

    name: str
    canary: int
    baseline: int
    ratio: float = 1.0
    start: int = 0
    noise: float = 0.0
    shared: bool = False


@dataclass(frozen=True)
class Runs:
    """Errors of many runs of a scenario, one row a run, one column a minute."""

    scenario: Scenario
    canary: Counts
    baseline: Counts
    before: Counts


HEALTHY = (
    Scenario("100/m", 100, 100),
    Scenario("300/m", 300, 300),
    Scenario("1000/m", 1000, 1000),
    Scenario("shared 300/m", 300, 300, shared=True),
    Scenario("noise 300/m", 300, 300, noise=0.5),
    Scenario("noise 1000/m", 1000, 1000, noise=0.5),
    Scenario("10/90", 100, 900),
)
WORSE = (
    Scenario("2x 100/m", 100, 100, 2),
    Scenario("2x 300/m", 300, 300, 2),
    Scenario("2x 1000/m", 1000, 1000, 2),
    Scenario("2x 10/90", 100, 900, 2),
    Scenario("2x from min 20", 300, 300, 2, start=20),
    Scenario("2x noise 300/m", 300, 300, 2, noise=0.5),
    Scenario("1.25x 1000/m", 1000, 1000, 1.25),
)


def simulate(scenario: Scenario, runs: int, seed: int) -> Runs:
    """``runs`` releases; the same seed and scenario give the same ones."""
    rng = np.random.default_rng([seed, *scenario.name.encode()])
    rate = np.full((runs, 2 * MINUTES), BASE_RATE)
    if scenario.shared:
        drift = np.cumsum(rng.normal(0, 0.05, rate.shape), axis=1)
        rate *= np.exp(drift - drift[:, MINUTES : MINUTES + 1])
        began = MINUTES + rng.integers(0, MINUTES - 10, runs)[:, None]
        minute = np.arange(2 * MINUTES)[None, :]
        rate *= np.where((minute >= began) & (minute < began + 10), 5.0, 1.0)
    worse = np.where(np.arange(MINUTES) >= scenario.start, scenario.ratio, 1.0)
    baseline = rng.binomial(scenario.baseline, _noisy(rate, scenario.noise, rng))
    canary = rng.binomial(scenario.canary, _noisy(rate[:, MINUTES:] * worse, scenario.noise, rng))
    return Runs(scenario, canary, baseline[:, MINUTES:], baseline[:, :MINUTES])


def _noisy(
    rate: NDArray[np.float64], noise: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    if noise:
        shape = 1 / noise**2
        rate = rate * rng.gamma(shape, 1 / shape, rate.shape)
    return np.minimum(rate, 1.0)
