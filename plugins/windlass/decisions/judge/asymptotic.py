"""Asymptotic confidence sequences for a mean, and the evidence that it is above 0.

Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024, arXiv 2103.06476), equation 9. They hold at
every look at once, approximately, from some tens of observations on (:data:`BURN_IN`).
"""

from __future__ import annotations

from math import exp, log, sqrt

#: Before this many observations the approximation says nothing.
BURN_IN = 10


class RunningMean:
    """Mean and variance of the observations so far (Welford)."""

    __slots__ = ("_squares", "count", "mean")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        """Take one observation in."""
        self.count += 1
        apart = value - self.mean
        self.mean += apart / self.count
        self._squares += apart * (value - self.mean)

    @property
    def variance(self) -> float:
        """With ``count - 1``; 0 before the second observation."""
        return self._squares / (self.count - 1) if self.count > 1 else 0.0

    def variance_of(self, inflation: float) -> float:
        """The variance where ``inflation`` observations, fewer than ``count``, are worth one.

        Their mean is then nearer to them than to what it estimates, which hides a part of it.
        """
        return self.variance * (self.count - 1) / (self.count - inflation)


def tightest_at(alpha: float, looks: float) -> float:
    """The mixture's precision for which the sequence is tightest at ``looks`` observations."""
    return sqrt((-2 * log(alpha) + log(-2 * log(alpha) + 1)) / looks)


def half_width(variance: float, count: float, alpha: float, precision: float) -> float:
    """Half the width of the two-sided sequence at ``count`` observations."""
    steps = count * precision**2
    inner = 2 * (steps + 1) / (count**2 * precision**2) * log(sqrt(steps + 1) / alpha)
    return sqrt(variance * inner)


def one_sided_width(variance: float, count: float, alpha: float, precision: float) -> float:
    """How far the one-sided bound lies from the mean at ``count`` observations."""
    steps = count * precision**2
    inner = 2 * (steps + 1) / (count**2 * precision**2) * log(1 + sqrt(steps + 1) / (2 * alpha))
    return sqrt(variance * inner)


def evidence(seen: RunningMean, precision: float, inflation: float = 1.0) -> float:
    """Evidence that the mean is above 0; 1 before the burn-in, below 1 when the mean is not.

    ``inflation`` observations are worth one, in the burn-in as well.

    That of the two-sided mixture, or less: what speaks for a mean below 0 divides. So it does not
    jump where the mean is 0, whatever the unit rounds it to.
    """
    count = seen.count / inflation
    if count < BURN_IN or seen.variance <= 0:
        return 1.0
    steps = count * precision**2
    squared = count * seen.mean**2 / seen.variance_of(inflation)
    gained = steps * squared / (2 * (steps + 1)) * (1 if seen.mean > 0 else -1)
    return exp(max(-600.0, min(600.0, gained))) / sqrt(steps + 1)
