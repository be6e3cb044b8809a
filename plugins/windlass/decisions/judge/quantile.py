"""Is the canary's quantile above the baseline's: an e-test on histogram buckets.

If it is not, there is a value ``x`` between the two quantiles at which at least a share ``p`` of
the canary and at most a share ``p`` of the baseline lies. Evidence against each of the two is a
mixture of binomial likelihood ratios; the least of their products over all ``x`` is evidence
against the claim (Howard & Ramdas 2022, Bernoulli 28(3), two-sample test of quantiles). Inside a
bucket the counts are not known, so the worst possible ones are used there.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log, log1p

#: Odds of lying above ``x`` that are bet on, relative to ``(1 - p) / p``; 1 keeps the money, so
#: that one arm's evidence is not lost where the other arm's bets fail.
_STEPS = (1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
_CEILING = 600.0


def quantile_evidence(
    baseline: Mapping[float, float], canary: Mapping[float, float], quantile: float
) -> float:
    """Evidence that the canary's quantile is above the baseline's.

    Args:
        baseline: observations at or below each upper bound, all looks together.
        canary: the same; only bounds that both have are used.
        quantile: the share below it, such as 0.95.
    """
    total_0, total_1 = max(baseline.values(), default=0.0), max(canary.values(), default=0.0)
    if total_0 <= 0 or total_1 <= 0:
        return 1.0
    least, below_0 = _CEILING, 0.0
    for bound in sorted(baseline.keys() & canary.keys()):
        slower = _log_evidence(total_1 - canary[bound], canary[bound], quantile, 1.0)
        faster = _log_evidence(total_0 - below_0, below_0, quantile, -1.0)
        least = min(least, slower + faster)
        below_0 = baseline[bound]
    return exp(least)


def _log_evidence(above: float, below: float, quantile: float, side: float) -> float:
    """Log evidence that more (``side`` 1) or fewer (-1) than ``1 - quantile`` lie above."""
    gains = []
    for step in _STEPS:
        odds = (1 - quantile) / quantile * step**side
        chance = odds / (1 + odds)
        gains.append(above * log(chance / (1 - quantile)) + below * log((1 - chance) / quantile))
    largest = max(gains)
    rest = sum(exp(gain - largest) for gain in gains) / len(gains)
    return min(_CEILING, largest + log1p(rest - 1))
