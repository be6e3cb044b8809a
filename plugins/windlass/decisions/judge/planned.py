"""Group-sequential judging: looks of a window whose length is known beforehand.

The error budget is spent as the window passes: after look ``k`` of ``K`` at most
``alpha log(1 + (e - 1) k / K)`` of it, which comes close to a boundary at one constant level (Lan
and DeMets 1983, Biometrika 70; Pocock 1977). At each look the smallest number of canary errors
whose chance still fits is worked out exactly: given how many errors there were, a canary that is
no worse has a binomial part of them, look by look, by its share of the traffic at that look. So
nothing has to be assumed of how many errors will come, the split may move, and the budget holds
whatever the common rate does. Looks after the planned ones find nothing left to spend.
"""

from __future__ import annotations

from functools import lru_cache
from math import e, log
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The part of a budget that is kept for the e-process, which looks on for ever.
KEPT = 0.2
#: A window with more errors than this is no longer worked out: what it could still show is smaller
#: than anybody minds, and the e-process sees the rest.
MOST_ERRORS = 5000


def spent_by(look: int, planned: int) -> float:
    """The part of the budget that may be spent by ``look`` (from 1) of ``planned``.

    >>> [round(spent_by(look, 4), 2) for look in (1, 2, 3, 4, 5)]
    [0.36, 0.62, 0.83, 1.0, 1.0]
    """
    return log(1 + (e - 1) * min(1.0, look / planned))


class PlannedWindow:
    """The boundary of one window, worked out look by look.

    Args:
        looks: how many are planned.
        alpha: the chance that a canary which is no worse crosses the boundary.

    Attributes:
        look: looks so far.
        canary: errors of the canary so far, to where the boundary was crossed.
        total: errors of both arms, likewise.
        needed: the number of canary errors with which the latest look crosses; ``None`` before
            the first, and after :data:`MOST_ERRORS`.
        crossed: the look at which it was crossed, if it was.
        spent: the chance of having crossed so far, of a canary that is no worse.
    """

    def __init__(self, looks: int, alpha: float) -> None:
        self.planned, self._alpha = looks, alpha
        self.look = 0
        self.canary = self.total = self.spent = 0.0
        self.needed: int | None = None
        self.crossed: int | None = None
        self._chances: NDArray[Any] | None = None

    @property
    def over(self) -> bool:
        """Whether more looks were taken than were planned."""
        return self.look > self.planned

    def tick(self) -> None:
        """A look begins: the time of the window passes, whatever it shows."""
        self.look += 1

    def observe(self, canary: float, total: float, share: float) -> None:
        """Take what the look shows in; not to be asked again once the boundary is crossed.

        Args:
            canary: errors of the canary; whole, or divided by a dispersion.
            total: errors of both.
            share: of the errors, the canary's under the null.
        """
        before = int(self.total)
        self.canary += canary
        self.total += total
        if self.total > MOST_ERRORS:
            self.needed = None
            return
        self._chances = self._after(int(self.total) - before, share)
        tails = self._chances[::-1].cumsum()[::-1]
        left = self._alpha * spent_by(self.look, self.planned) - self.spent
        self.needed = int((tails > left).sum())
        self.spent += float(tails[self.needed]) if self.needed < len(tails) else 0.0
        self.crossed = self.look if int(self.canary) >= self.needed else None
        self._chances = self._chances[: self.needed]

    def _after(self, errors: int, share: float) -> NDArray[Any]:
        """The chance of each number of canary errors, of the paths that have not crossed."""
        import numpy as np

        before = np.ones(1) if self._chances is None else self._chances
        return np.convolve(before, _binomial(errors, share)) if errors else before


@lru_cache(maxsize=4096)
def _binomial(count: int, share: float) -> NDArray[Any]:
    """The chances of 0, 1 … ``count`` in the canary."""
    import numpy as np

    logs = np.concatenate(([0.0], np.log(np.arange(1, count + 1)).cumsum()))
    ways = logs[-1] - logs - logs[::-1]
    inside = np.arange(count + 1)
    chances: NDArray[Any] = np.exp(ways + inside * np.log(share) + inside[::-1] * np.log1p(-share))
    return chances
