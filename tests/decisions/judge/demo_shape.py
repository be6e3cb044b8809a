"""Seeded traffic of the demo's shape: little of it, few errors, a look every second or two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from windlass.decisions.judge import ArmCounts, Look

np = pytest.importorskip("numpy")

BASE_RATE = 0.002
BAD_RATE = 0.06
REQUESTS_PER_SECOND = 175.0


def looks(
    rng: np.random.Generator,
    canary_rate: float,
    share: float,
    seconds: float,
    every: float = 1.5,
) -> Iterator[Look]:
    """Looks of one step, as two Poisson streams of requests with binomial errors."""
    at = 0.0
    while at < seconds:
        at += every
        canary = int(rng.poisson(REQUESTS_PER_SECOND * share * every))
        baseline = int(rng.poisson(REQUESTS_PER_SECOND * (1 - share) * every))
        yield Look(
            ArmCounts(baseline, int(rng.binomial(baseline, BASE_RATE))),
            ArmCounts(canary, int(rng.binomial(canary, canary_rate))),
            at,
        )
