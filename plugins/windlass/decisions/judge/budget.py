"""One error budget for a whole release: which part of ``alpha`` is spent where.

``alpha`` is the chance that a release which is no worse is rolled back, anywhere and at any time.
Its places (regions) share it, the first one most, as the bad ones are found there; what watches
after the rollout has a part of each place's share; the steps of a place share the rest, by one
process that runs on over them (``stage_share``). A part costs its logarithm in evidence: at a
seventh of the budget, 200 to 1 becomes 1,400 to 1, about a third more errors.
"""

from __future__ import annotations

from windlass.decisions.judge.prior import stage_share

#: The part of a place's share that is kept for the days after the rollout.
AFTERWARDS = 0.15


def rollout_alpha(alpha: float, place: int, places: int, *, watched: bool) -> float:
    """The budget of all steps of place ``place`` (from 0) of ``places`` together.

    Args:
        alpha: of the whole release.
        place: in the order of the rollout.
        places: how many there are.
        watched: whether the release is watched after the rollout, too.

    >>> round(rollout_alpha(0.005, 0, 1, watched=True), 5)
    0.00425
    """
    return alpha * stage_share(place, places) * (1 - AFTERWARDS if watched else 1.0)


def watch_alpha(alpha: float, place: int, places: int) -> float:
    """The budget of place ``place`` of ``places`` for the days after the rollout.

    >>> sum(
    ...     watch_alpha(0.02, place, 3) + rollout_alpha(0.02, place, 3, watched=True)
    ...     for place in range(3)
    ... )
    0.02
    """
    return alpha * stage_share(place, places) * AFTERWARDS
