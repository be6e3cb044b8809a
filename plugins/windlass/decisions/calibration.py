"""Were the risk scores right? Compared with what became of the releases.

The Brier score is the mean of (score ÷ 100 − failed)², 0 at best (G. W. Brier, 1950). It says
something only beside what a constant guess at the base rate would have got:
skill = 1 − Brier ÷ reference; 0 or less means that the scores told nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Below this many releases the figures mean little, and say so.
ENOUGH = 20
#: Width of a band of scores: 0–19, 20–39, …, 80–100.
BAND = 20


@dataclass(frozen=True, slots=True)
class Ended:
    """A release that ended: the score it had, and whether it failed."""

    score: int
    failed: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Releases whose scores lie in ``low`` … ``high``: how many, and how many failed."""

    low: int
    high: int
    releases: int
    failed: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good the scores were. The figures are None without releases, or when all ended alike."""

    releases: int
    failed: int
    brier: float | None
    reference: float | None
    skill: float | None
    bands: tuple[Band, ...]
    note: str


def calibrate(history: Sequence[Ended]) -> Calibration:
    """Compare scores with outcomes.

    >>> told = calibrate([Ended(90, True), Ended(10, False), Ended(10, False)])
    >>> round(told.brier, 3), round(told.reference, 3), round(told.skill, 2)
    (0.01, 0.222, 0.95)
    >>> calibrate([]).brier is None
    True
    """
    total, failed = len(history), sum(one.failed for one in history)
    if not total:
        return Calibration(0, 0, None, None, None, (), "no release has ended yet")
    brier = sum((one.score / 100 - one.failed) ** 2 for one in history) / total
    rate = failed / total
    reference = rate * (1 - rate)
    skill = 1 - brier / reference if reference else None
    return Calibration(total, failed, brier, reference, skill, _bands(history), _note(total, skill))


def _bands(history: Sequence[Ended]) -> tuple[Band, ...]:
    bands = []
    for low in range(0, 100, BAND):
        high = 100 if low + BAND == 100 else low + BAND - 1
        inside = [one for one in history if low <= one.score <= high]
        bands.append(Band(low, high, len(inside), sum(one.failed for one in inside)))
    return tuple(bands)


def _note(total: int, skill: float | None) -> str:
    if total < ENOUGH:
        return f"{total} releases are too few to tell (at least {ENOUGH})"
    if skill is None:
        return "all releases ended alike: nothing to compare with"
    if skill <= 0:
        return "the scores told no more than the base rate does: change the weights"
    return f"the scores explain {skill:.0%} of what the base rate does not"
