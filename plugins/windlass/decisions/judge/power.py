"""What a judge of counts could see: the smallest ratio it finds with a given chance."""

from __future__ import annotations

from math import erf, exp, inf, log1p, sqrt
from math import log as ln

from windlass.decisions.judge.dispersion import with_margin
from windlass.decisions.judge.prior import Prior, worse_prior

#: Ratios above this are not told apart from "nothing can be seen".
MOST = 1000.0


def power(
    baseline_rate: float,
    requests_per_second: float,
    split: float,
    seconds: float,
    alpha: float,
    dispersion: float = 1.0,
    chance: float = 0.8,
) -> float:
    """The smallest ratio of rates that is found within ``seconds`` with 80 % (``chance``).

    Args:
        baseline_rate: errors per request of the old version, 0 to 1.
        requests_per_second: of both arms together.
        split: the canary's share of the traffic, 0 to 1.
        seconds: how long is watched.
        alpha: the error budget of ROLLBACK.
        dispersion: variance over mean of the counts.
        chance: the wanted probability of finding it.

    Returns:
        The ratio; infinite when not even a thousandfold rate would be found.

    >>> round(power(0.01, 100.0, 0.5, 3600, 0.02), 1) <= 1.2
    True
    """
    requests = requests_per_second * seconds
    return detectable_ratio(
        baseline_rate, requests * split, requests * (1 - split), alpha, dispersion, chance
    )


def detectable_ratio(
    baseline_rate: float,
    canary_requests: float,
    baseline_requests: float,
    alpha: float,
    dispersion: float = 1.0,
    chance: float = 0.8,
    planned: int = 60,
) -> float:
    """The smallest ratio found with ``chance`` from that many requests in each arm.

    Counts the crossing at the end of the window only, so that it errs on the careful side.
    """
    if min(canary_requests, baseline_requests) <= 0 or baseline_rate <= 0:
        return inf
    requests = canary_requests + baseline_requests
    share = canary_requests / requests
    errors = baseline_rate * requests
    prior = worse_prior(errors / planned, share, with_margin(dispersion), planned)
    mean_0 = baseline_rate * baseline_requests / dispersion
    mean_1 = baseline_rate * canary_requests / dispersion
    spread = sqrt(3 * mean_0)
    nodes = (
        (1 / 6, _critical(max(0.0, mean_0 - spread), share, alpha, prior)),
        (2 / 3, _critical(mean_0, share, alpha, prior)),
        (1 / 6, _critical(mean_0 + spread, share, alpha, prior)),
    )

    def found(ratio: float) -> float:
        return sum(weight * poisson_at_least(needed, ratio * mean_1) for weight, needed in nodes)

    most = min(MOST, 1 / baseline_rate)
    if found(most) < chance:
        return inf
    low, high = 1.0, most
    for _ in range(30):
        middle = sqrt(low * high)
        low, high = (low, middle) if found(middle) >= chance else (middle, high)
    return high


def _critical(s0: float, share: float, alpha: float, prior: Prior) -> float:
    """Canary errors at which the wealth bet from the first look reaches ``1/alpha``."""
    low, high = 0.0, 10.0
    while _wealth(high, s0, share, prior) < 1 / alpha:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        if _wealth(middle, s0, share, prior) < 1 / alpha:
            low = middle
        else:
            high = middle
    return high


def _wealth(s1: float, s0: float, share: float, prior: Prior) -> float:
    return sum(
        weight * exp(min(600.0, s1 * ln(ratio) - (s1 + s0) * log1p((ratio - 1) * share)))
        for ratio, weight in zip(prior.ratios, prior.first, strict=True)
        if weight
    )


def poisson_at_least(events: float, mean: float) -> float:
    """Probability of ``events`` or more at a Poisson ``mean``; ``events`` need not be whole.

    It is the gamma distribution with shape ``events`` at ``mean`` (Wilson–Hilferty).
    """
    if events <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    scaled = (mean / events) ** (1 / 3)
    z = (scaled - 1 + 1 / (9 * events)) * 3 * sqrt(events)
    return 0.5 * (1 + erf(z / sqrt(2)))
