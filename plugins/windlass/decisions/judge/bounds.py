"""One figure compared with bounds: what stands for a condition of the limits method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "at_most": le,
    "below": lt,
    "at_least": ge,
    "above": gt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Up to one bound above a figure and one below it.

    >>> Bounds(at_least=1, below=3).all_hold(3)
    False
    >>> Bounds(above=5, below=1).any_holds(6)
    True
    """

    at_most: float | None = None
    below: float | None = None
    at_least: float | None = None
    above: float | None = None

    def all_hold(self, value: float) -> bool:
        """Whether ``value`` keeps every bound."""
        return all(_HOLDS[word](value, bound) for word, bound in self.given().items())

    def any_holds(self, value: float) -> bool:
        """Whether ``value`` keeps one of the bounds."""
        return any(_HOLDS[word](value, bound) for word, bound in self.given().items())

    def given(self) -> dict[str, float]:
        """The bounds there are, by their word."""
        named = {word: getattr(self, word) for word in _HOLDS}
        return {word: bound for word, bound in named.items() if bound is not None}
