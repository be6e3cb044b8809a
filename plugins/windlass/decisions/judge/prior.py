"""Which regressions the e-process bets on: ratios, and the looks at which they may begin.

Any choice made before the canary's part of the errors is seen keeps the error budget; a good
choice finds regressions sooner. What can be found at all depends on the information: errors per
look, the split, the noise. So the ratios are chosen by the evidence that they would have gathered
at the end of the planned looks (:data:`EXPECTED`), and wealth is not wasted on ratios which so
little data cannot show, nor on those which the first look shows anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, log1p

#: Expected log evidence at the end of the planned looks, one bet for each.
EXPECTED = (4.5, 7.0, 10.5, 16.0, 25.0, 45.0, 90.0, 200.0)
#: Wealth on each from the first look on, and from later looks on; all together 1. Chosen on
#: simulated releases (``benchmarks/judge.py``), apart for counts that are as steady as chance
#: makes them and for bursty ones, where a short window shows little and late starts bet less.
_STEADY = (
    (0.0, 0.18, 0.185, 0.0, 0.007, 0.088, 0.204, 0.084),
    (0.0, 0.0, 0.025, 0.106, 0.095, 0.023, 0.003, 0.0),
)
_BURSTY = (
    (0.0, 0.222, 0.073, 0.027, 0.018, 0.63, 0.013, 0.0),
    (0.0, 0.016, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)
_NEWTON_STEPS = 30
_CLOSE = 1e-4
#: No bet below this ratio: a smaller one does not matter, however surely it is there.
SMALLEST = 1.1
LARGEST = 200.0
#: Late starts are bet on evenly over this share of the planned looks: one that begins after it
#: could hardly be shown by their end.
_STARTS = 2 / 3
#: The part of the late-start wealth kept for later than that, halved at each doubling.
BEYOND = 0.1


@dataclass(frozen=True, slots=True)
class Prior:
    """A bet: ratios, with the wealth put on each at the first look, and at all later looks.

    Attributes:
        ratios: relative to the null ratio.
        first: wealth on each ratio from the first look on.
        later: wealth on each ratio from a later look on, all later looks together.
        planned: looks that are planned.
    """

    ratios: tuple[float, ...]
    first: tuple[float, ...]
    later: tuple[float, ...]
    planned: int = 60


def worse_prior(total: float, share: float, dispersion: float, planned: int) -> Prior:
    """The bets on "worse" for a window in which a look has about ``total`` errors.

    Args:
        total: errors of both arms in a look.
        share: the canary's share of them under the null.
        dispersion: variance over mean of the counts.
        planned: how many looks are planned.
    """
    first, later = _weights(dispersion)
    errors = total * planned / dispersion
    return Prior(_ratios(float(f"{errors:.3g}"), float(f"{share:.3g}")), first, later, planned)


@lru_cache(maxsize=1024)
def _weights(dispersion: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Wealth on each ratio from the first look on and from later ones, together 1."""
    steady = dispersion**-4
    first, later = (
        [steady * a + (1 - steady) * b for a, b in zip(calm, wild, strict=True)]
        for calm, wild in zip(_STEADY, _BURSTY, strict=True)
    )
    total = sum(first) + sum(later)
    return tuple(weight / total for weight in first), tuple(weight / total for weight in later)


@lru_cache(maxsize=8192)
def _ratios(errors: float, share: float) -> tuple[float, ...]:
    """The ratios to bet on; asked for rounded figures, which many metrics have in common."""
    return tuple(_ratio_worth(expected, errors, share) for expected in EXPECTED)


def _ratio_worth(expected: float, errors: float, share: float) -> float:
    """The ratio whose expected log evidence over ``errors`` null errors is ``expected``."""
    low, high = log(SMALLEST), log(LARGEST)
    information = errors * share * (1 - share)
    step = (2 * expected / information) ** 0.5 if information > 0 else high
    guess = min(high, max(low, step))
    for _ in range(_NEWTON_STEPS):
        ratio = exp(guess)
        grown = log1p((ratio - 1) * share)
        worth = errors * (ratio * share * guess - (1 + (ratio - 1) * share) * grown)
        slope = errors * ratio * share * (guess - grown)
        moved = min(high, max(low, guess - (worth - expected) / slope)) if slope > 0 else high
        if abs(moved - guess) < _CLOSE:
            break
        guess = moved
    return exp(guess)


#: For GO, relative to the ratio to refuse; only from the first look on.
BETTER = Prior(
    ratios=(0.85, 0.7, 0.55, 0.45, 0.3, 0.1),
    first=(0.1, 0.15, 0.25, 0.3, 0.15, 0.05),
    later=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)


#: The part of the wealth that is bet in the first stage of several: most regressions are there
#: from the start, and a part's size costs only its logarithm.
FIRST_STAGE = 0.7


def stage_share(stage: int, stages: int) -> float:
    """The part of the wealth that is bet when stage ``stage`` (from 0) of ``stages`` begins.

    Nothing is left for a stage that was not planned; what was bet before still runs on in it.

    >>> [round(stage_share(stage, 4), 2) for stage in range(5)]
    [0.7, 0.1, 0.1, 0.1, 0.0]
    """
    if stages <= 1:
        return 1.0 if stage == 0 else 0.0
    if stage == 0:
        return FIRST_STAGE
    return (1 - FIRST_STAGE) / (stages - 1) if stage < stages else 0.0


@lru_cache(maxsize=8192)
def start_mass(look: int, planned: int) -> float:
    """The part of the late-start wealth bet on a start at ``look`` (0 is the first: none).

    Sums to 1 over all looks for ever, so that no horizon has to be kept.

    >>> round(sum(start_mass(look, 60) for look in range(1, 40)), 6)
    0.9
    """
    if look < 1:
        return 0.0
    even = max(2, round(planned * _STARTS))
    if look < even:
        return (1 - BEYOND) / (even - 1)
    octave = (look // even).bit_length() - 1
    share = BEYOND / (2 << octave)
    return share / (even << octave)
