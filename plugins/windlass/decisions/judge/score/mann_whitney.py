"""The Mann–Whitney test as a shift with an interval (R's ``wilcox.test`` with ``conf.int``).

With ``W(mu)`` the rank sum of ``x - mu`` among both samples minus ``n (n + 1) / 2``,

    z(mu) = (W - nm/2 - sign(W - nm/2) / 2) / sigma
    sigma^2 = nm/12 * ((n + m + 1) - sum(t^3 - t) / ((n + m) (n + m - 1)))

falls as ``mu`` rises. The interval ends where ``z`` crosses the normal quantiles, the estimate
where it crosses 0 (Hodges & Lehmann). Where a level cannot be reached the end of the bracket
``[min x - max y, max x - min y]`` is returned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from windlass.decisions.judge.score.roots import brent


class AllTied(ValueError):
    """Every observation is tied: there is no scale to measure a shift on."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the canary's values lie above the baseline's, with a two-sided interval."""

    low: float
    estimate: float
    high: float


def shift(experiment: Sequence[float], control: Sequence[float], confidence: float) -> Shift:
    """The shift of ``experiment`` against ``control``, both without NaN and not empty.

    Raises:
        AllTied: all observations are equal at a shift that had to be tried.
    """
    quantile = -NormalDist().inv_cdf((1 - confidence) / 2)
    low, high = min(experiment) - max(control), max(experiment) - min(control)

    def crossing(level: float) -> float:
        if z_of(experiment, control, low) - level <= 0:
            return low
        if z_of(experiment, control, high) - level >= 0:
            return high
        return brent(lambda mu: z_of(experiment, control, mu) - level, low, high)

    return Shift(crossing(quantile), _estimate(experiment, control, low, high), crossing(-quantile))


def _estimate(
    experiment: Sequence[float], control: Sequence[float], low: float, high: float
) -> float:
    return brent(lambda mu: z_of(experiment, control, mu), low, high)


def z_of(experiment: Sequence[float], control: Sequence[float], mu: float) -> float:
    """The standardised rank sum of ``experiment - mu``."""
    shifted = [value - mu for value in experiment]
    n, m = len(shifted), len(control)
    counts = Counter(shifted)
    counts.update(control)
    ranks: dict[float, float] = {}
    below, ties = 0, 0.0
    for value in sorted(counts):
        count = counts[value]
        ranks[value] = below + (count + 1) / 2
        below += count
        ties += count**3 - count
    distance = sum(ranks[value] for value in shifted) - n * (n + 1) / 2 - n * m / 2
    spread = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    if spread <= 0:
        raise AllTied("all observations are tied")
    correction = 0.5 * ((distance > 0) - (distance < 0))
    return (distance - correction) / sqrt(spread)
