"""Which regressions the e-process bets on: ratios, and the looks at which they may begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Prior:
    """A bet: ratios with the wealth put on each at the first look, and at every later look.

    Attributes:
        ratios: ratios relative to the null ratio.
        first: wealth on each ratio from the first look on.
        later: wealth on each ratio from a later look on, all later looks together.
    """

    ratios: tuple[float, ...]
    first: tuple[float, ...]
    later: tuple[float, ...]


#: For ROLLBACK. The wealth sums to 1, and any such choice keeps the error budget; these weights
#: were chosen on benchmarks/judge.py: small ratios only from the start (a small ratio needs
#: the whole window anyway), late starts from 1.5 on, and large ratios for a quick end.
WORSE = Prior(
    ratios=(1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.5, 5.0, 10.0, 30.0, 100.0),
    first=(0.06, 0.14, 0.08, 0.06, 0.08, 0.06, 0.04, 0.03, 0.03, 0.01, 0.01),
    later=(0.0, 0.0, 0.06, 0.09, 0.09, 0.06, 0.04, 0.02, 0.02, 0.01, 0.01),
)

#: For GO, relative to the ratio to refuse; only from the first look on.
BETTER = Prior(
    ratios=(0.85, 0.7, 0.55, 0.45, 0.3, 0.1),
    first=(0.1, 0.15, 0.25, 0.3, 0.15, 0.05),
    later=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)

#: Looks over which most of the wealth for late starts is spread evenly.
PLANNED_LOOKS = 60
#: The share of that wealth kept for starts after the planned looks, halved at each doubling.
BEYOND = 0.1


@lru_cache(maxsize=4096)
def start_mass(look: int) -> float:
    """The share of the late-start wealth bet on a start at ``look`` (0 is the first: none).

    Sums to 1 over all looks for ever, so no horizon has to be known.

    >>> round(sum(start_mass(look) for look in range(1, PLANNED_LOOKS)), 6)
    0.9
    """
    if look < 1:
        return 0.0
    if look < PLANNED_LOOKS:
        return (1 - BEYOND) / (PLANNED_LOOKS - 1)
    octave = (look // PLANNED_LOOKS).bit_length() - 1
    share = BEYOND / (2 << octave)
    return share / (PLANNED_LOOKS << octave)
