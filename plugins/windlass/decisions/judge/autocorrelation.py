"""How much looks at a plain series resemble their neighbours, and what that costs.

A mean of ``n`` values that resemble their neighbours scatters as if there were only ``n`` over the
*inflation* of them: the long-run variance over the plain one, ``1 + 2 (sum of autocorrelations)``,
which is ``(1 + phi) / (1 - phi)`` when each value keeps a part ``phi`` of the one before (an
autoregression of first order; Bartlett 1946, "On the theoretical specification and sampling
properties of autocorrelated time-series", JRSS Suppl. 8).

Bets on such looks are slowed down by it. Deal the looks out in turn to ``m`` hands, so that those
of one hand are too far apart to resemble one another: by Hölder's inequality the product of all
gains, each to the power ``1/m``, is expected to win no more than one hand does, which is nothing.
That ``m`` is the inflation is a heuristic for what is not cut off so sharply; it is measured in the
tests, not proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

#: No part above this is believed: beyond it there is hardly anything to be told from a window.
MOST = 0.97
#: Values before the release from which their resemblance is measured.
LEAST_VALUES = 10
#: A measured history weighs as much as it has looks, at most these; without one, the guess that
#: looks do not resemble their neighbours weighs as much as this many.
ENOUGH_LOOKS = 60
_GUESS = 5
#: A measured resemblance of this many standard errors is there, and is raised by a part of one:
#: too little costs more than too much.
_CERTAIN = 2.0
_MARGIN = 0.5


def inflation(phi: float) -> float:
    """Long-run variance over variance of an autoregression that keeps ``phi``.

    >>> inflation(0.0), inflation(0.5)
    (1.0, 3.0)
    """
    return (1 + phi) / (1 - phi)


def kept(inflated: float) -> float:
    """The part ``phi`` that has this inflation; 0 where there is none.

    >>> kept(3.0)
    0.5
    """
    return min(MOST, max(0.0, (inflated - 1) / (inflated + 1)))


def resemblance(values: Sequence[float]) -> float:
    """The part of each value that the next one keeps, 0 to :data:`MOST`, as measured.

    The larger of two estimates: the autocorrelation of neighbours, with its bias from a mean that
    is estimated, too, put right (Kendall 1954, Biometrika 41) and a margin; and what gives the
    long-run variance with Bartlett's weights (Newey and West 1987, Econometrica 55), which sees
    slower memory as well. 0 for fewer than :data:`LEAST_VALUES` values or a constant.
    """
    count = len(values)
    if count < LEAST_VALUES:
        return 0.0
    mean = fsum(values) / count
    apart = [value - mean for value in values]
    power = fsum(value * value for value in apart)
    if power <= 0:
        return 0.0
    lags = int(4 * (count / 100) ** (2 / 9)) + 1
    shared = [
        fsum(a * b for a, b in zip(apart, apart[lag:], strict=False)) / power
        for lag in range(1, lags + 1)
    ]
    neighbours = shared[0] + (1 + 3 * shared[0]) / count
    error: float = ((1 - shared[0] ** 2) / count) ** 0.5
    if neighbours > _CERTAIN * error:
        neighbours += _MARGIN * error
    long_run = 1 + 2 * fsum((1 - lag / (lags + 1)) * r for lag, r in enumerate(shared, 1))
    return min(MOST, max(0.0, neighbours, kept(max(1.0, long_run))))


class Resemblance:
    """The part that a difference between the arms keeps, as it is known at each look.

    Measured before, corrected by what is seen: differences between looks two apart are
    ``1 + phi`` times as large, squared, as those between neighbours, whatever the level is (von
    Neumann 1941; Lo and MacKinlay 1988). The two largest of each are left out, so that neither a
    constant shift nor a step in it disturbs this. What moves both arms together is not in their
    difference. The value used at a look rests on earlier looks only.

    Args:
        before: as measured before the release.
        looks: how many it was measured on; with fewer than :data:`LEAST_VALUES` it was not.
    """

    __slots__ = ("_before", "_far", "_last", "_near", "_weight")

    def __init__(self, before: float, looks: int) -> None:
        self._before = before
        self._weight = _GUESS if looks < LEAST_VALUES else min(ENOUGH_LOOKS, looks)
        self._near, self._far = _Trimmed(), _Trimmed()
        self._last: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The inflation to reckon with."""
        near, far = self._near.total, self._far.total
        if near <= 0:
            return inflation(self._before)
        seen, pairs = min(MOST, max(0.0, far / near - 1)), self._near.count
        known = self._weight + pairs
        return inflation((self._weight * self._before + pairs * seen) / known)

    def observe(self, difference: float) -> None:
        """Take one look in."""
        if len(self._last) == 2:
            self._near.add((difference - self._last[1]) ** 2)
            self._far.add((difference - self._last[0]) ** 2)
        self._last = (*self._last[-1:], difference)


class _Trimmed:
    """A sum without its two largest parts."""

    __slots__ = ("_largest", "count", "total")

    def __init__(self) -> None:
        self._largest: list[float] = []
        self.total, self.count = 0.0, 0

    def add(self, part: float) -> None:
        self._largest = sorted([*self._largest, part])
        if len(self._largest) > 2:
            self.total += self._largest.pop(0)
            self.count += 1
