"""Wealth spread over bets, some placed at the first look, some at later ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from windlass.decisions.judge.prior import start_mass

_CEILING = 1e280
_STEEPEST = 600.0


class Wealth:
    """A mixture of bets; 1 before the first look, a supermartingale when each factor's mean is 1.

    Args:
        first: wealth on each bet from the first look on.
        later: wealth on each bet from a later look on, all later looks together.
        planned: looks that are planned; most later bets begin within them.
        looks: looks before this one, at which nothing could be bet.

    Attributes:
        value: all of it, in bets and in hand.
    """

    __slots__ = ("_late", "_later", "_parts", "_planned", "_unstaked", "looks", "value")

    def __init__(
        self, first: Sequence[float], later: Sequence[float], planned: int, looks: int = 0
    ) -> None:
        self._parts = list(first)
        self._later = later
        self._late = sum(later)
        self._planned = planned
        self._unstaked = 1.0 - sum(first)
        self.looks = looks
        self.value = 1.0

    def advance(self, gains: Sequence[float]) -> None:
        """Bet on starts at this look, then multiply each bet by the exponential of its gain."""
        parts = self._parts
        if self._late and self.looks:
            mass = start_mass(self.looks, self._planned)
            self._unstaked -= mass * self._late
            parts = [old + mass * new for old, new in zip(parts, self._later, strict=True)]
        self.looks += 1
        try:
            parts = [old * exp(gain) for old, gain in zip(parts, gains, strict=True)]
        except OverflowError:
            parts = [
                old * exp(min(_STEEPEST, gain)) for old, gain in zip(parts, gains, strict=True)
            ]
        total = sum(parts)
        if not total < _CEILING:
            parts = [min(_CEILING, part) for part in parts]
            total = _CEILING
        self._parts = parts
        self.value = min(_CEILING, total + max(0.0, self._unstaked))
