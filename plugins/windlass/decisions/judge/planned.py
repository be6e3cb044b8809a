"""Group-sequential judging: for a window whose size is known beforehand.

Given how many errors the window will have, the boundary at a constant level (Pocock) is worked out
exactly from the conditional binomial, so that no part of the error budget is left over. It holds
for looks at any time, as many as one likes, up to the planned number of errors; after that it
says nothing, and with a changing split it does not apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from windlass.decisions.judge.counts import Look
from windlass.decisions.judge.tidy import tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Windows with more errors than this are not worked out exactly; the e-process serves them.
MOST_ERRORS = 5000
_HALVINGS = 12


@dataclass(frozen=True, slots=True)
class PlannedBoundary:
    """Canary errors at which to roll back, for each number of errors of both arms.

    Attributes:
        share: the canary's share of the traffic.
        critical: ``critical[d]`` is the smallest number out of ``d`` that rolls back.
        level: the constant level that the boundary has.
    """

    share: float
    critical: tuple[int, ...]
    level: float

    def crossed(self, looks: Sequence[Look]) -> int | None:
        """The first look (from 1) at which the boundary is crossed, or ``None``.

        Raises:
            ValueError: the split of a look is not the planned one (by more than a tenth).
        """
        canary = total = 0.0
        for place, look in enumerate(tidy(looks).looks, start=1):
            if look.error is not None or look.canary is None or look.baseline is None:
                continue
            self._check_split(look.canary.requests, look.baseline.requests)
            canary += look.canary.errors
            total += look.canary.errors + look.baseline.errors
            if total < len(self.critical) and canary >= self.critical[int(total)]:
                return place
        return None

    def _check_split(self, canary: float, baseline: float) -> None:
        requests = canary + baseline
        if requests > 0 and abs(canary / requests - self.share) > 0.1 * self.share:
            raise ValueError(
                f"split {canary / requests:.3g} where {self.share:.3g} was planned: the planned "
                "boundary does not apply; use the sequential judge"
            )


@lru_cache(maxsize=256)
def planned_boundary(errors: int, share: float, alpha: float) -> PlannedBoundary:
    """The boundary for a window of ``errors`` errors in both arms together.

    Args:
        errors: how many are expected; later ones are not judged.
        share: the canary's share of the traffic, constant.
        alpha: the chance that a release which is no worse crosses it.
    """
    if not 1 <= errors <= MOST_ERRORS:
        raise ValueError(f"errors: {errors} is not from 1 to {MOST_ERRORS}")
    if not 0 < share < 1 or not 0 < alpha < 1:
        raise ValueError("share and alpha must be between 0 and 1")
    tails = _tails(errors, share)
    low, high = alpha / (errors + 1), alpha
    for _ in range(_HALVINGS):
        level = (low * high) ** 0.5
        if _crossing(_critical(tails, level), share) <= alpha:
            low = level
        else:
            high = level
    return PlannedBoundary(share, tuple(int(value) for value in _critical(tails, low)), low)


def _tails(errors: int, share: float) -> list[NDArray[Any]]:
    """For each number of errors, the chances of at least 0, 1, 2 … of them in the canary."""
    import numpy as np

    chance = np.zeros(errors + 2)
    chance[0] = 1.0
    tails = []
    for total in range(errors + 1):
        tails.append(chance[: total + 2][::-1].cumsum()[::-1].copy())
        chance[1:] = chance[1:] * (1 - share) + chance[:-1] * share
        chance[0] *= 1 - share
    return tails


def _critical(tails: list[NDArray[Any]], level: float) -> list[int]:
    return [int((tail > level).sum()) for tail in tails]


def _crossing(critical: list[int], share: float) -> float:
    """The chance that the boundary is crossed at some number of errors."""
    import numpy as np

    chance = np.zeros(len(critical) + 1)
    chance[0] = 1.0
    crossed = 0.0
    for needed in critical[1:]:
        chance[1:] = chance[1:] * (1 - share) + chance[:-1] * share
        chance[0] *= 1 - share
        crossed += float(chance[needed:].sum())
        chance[needed:] = 0.0
    return crossed
