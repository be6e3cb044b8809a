"""How much more the counts scatter than chance alone would make them."""

from __future__ import annotations

from collections.abc import Sequence

#: A dispersion measured before the release weighs as much as this many looks of it.
_LOOKS_BEFORE = 60.0
#: Intervals from which a measured dispersion is taken as it is.
ENOUGH_INTERVALS = 30
#: Squared successive differences tell two thirds of what independent residuals would.
_EFFICIENCY = 2 / 3
#: A single difference counts at most this many times the present dispersion.
_MOST = 9.0
#: Part added to a measured excess: it is an estimate, and too low costs more than too high.
_MARGIN = 1.15


def dispersion(counts: Sequence[float]) -> float:
    """Variance over mean of counts per interval before the release, at least 1 (phi).

    Dividing counts by it makes a judge of counts honest about bursts (a heuristic, measured in
    ``benchmarks/judge.py``, not proved). Measure it at the interval of the looks. Fewer than 30
    intervals tell little, and are drawn towards 1 accordingly; what they miss is learnt while
    looking.

    >>> dispersion([3] * 40)
    1.0
    >>> round(dispersion([0, 12] * 20), 2)
    6.15
    >>> round(dispersion([0, 12, 0, 12]), 2)
    1.72
    """
    if len(counts) < 2:
        return 1.0
    mean = sum(counts) / len(counts)
    if mean <= 0:
        return 1.0
    freedom = len(counts) - 1
    variance = sum((count - mean) ** 2 for count in counts) / freedom
    excess = max(0.0, variance / mean - 1)
    return 1 + excess * min(1.0, freedom / (ENOUGH_INTERVALS - 1))


def with_margin(measured: float) -> float:
    """A measured dispersion as it is used: its excess over 1 raised by a margin."""
    return 1 + _MARGIN * (measured - 1)


class Scatter:
    """The dispersion as it is known at each look: measured before, corrected by what is seen.

    What is seen is how much the split of the errors moves from one look to the next, which
    neither a drift of the common rate nor one step in the ratio disturbs. The value used at a
    look rests on earlier looks only.
    """

    __slots__ = ("_before", "_canary", "_differences", "_last", "_pairs", "_total", "_weighted")

    def __init__(self, before: float) -> None:
        self._before = with_margin(before)
        self._canary = self._total = self._weighted = 0.0
        self._differences = self._pairs = 0.0
        self._last: tuple[float, float] | None = None

    @property
    def value(self) -> float:
        """Variance over mean, at least 1."""
        seen = _EFFICIENCY * self._differences
        known = _LOOKS_BEFORE + _EFFICIENCY * self._pairs
        return max(1.0, (_LOOKS_BEFORE * self._before + seen) / known)

    def observe(self, canary: float, total: float, share: float) -> None:
        """Take one look in: ``canary`` of ``total`` errors at traffic share ``share``."""
        if total <= 0 or not 0 < share < 1:
            return
        self._canary += canary
        self._total += total
        self._weighted += total * share
        usual = self._weighted / self._total
        now = (self._canary + 0.5) / (self._total + 1)
        odds = now / (1 - now) * (1 - usual) / usual
        expected = odds * share / (1 + (odds - 1) * share)
        residual, variance = canary / total - expected, expected * (1 - expected) / total
        if self._last is not None:
            other, more = self._last
            moved = (residual - other) ** 2 / (variance + more)
            self._differences += min(moved, _MOST * self.value)
            self._pairs += 1
        self._last = (residual, variance)
