"""How many times as many errors: the estimate, and an interval that holds at every look at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log, log1p

_STRENGTH = 10.0
_NEWTON_STEPS = 60


@dataclass(slots=True)
class RatioTally:
    """Running sums for the ratio of rates, stratified by look (Mantel–Haenszel).

    Stratifying lets the common rate and the split move between looks without biasing the ratio.
    """

    canary_errors: float = 0.0
    canary_requests: float = 0.0
    baseline_errors: float = 0.0
    baseline_requests: float = 0.0
    _above: float = 0.0
    _below: float = 0.0
    _weighted_share: float = 0.0
    _requests_share: float = 0.0

    def add(self, s1: float, n1: float, s0: float, n0: float) -> None:
        """Take one interval in."""
        self.canary_errors += s1
        self.canary_requests += n1
        self.baseline_errors += s0
        self.baseline_requests += n0
        total = n1 + n0
        if n1 > 0 and n0 > 0:
            self._above += s1 * n0 / total
            self._below += s0 * n1 / total
            self._weighted_share += (s1 + s0) * n1 / total
            self._requests_share += n1 * n0 / total

    @property
    def ratio(self) -> float | None:
        """The estimate; infinite when only the canary has errors, ``None`` when neither has."""
        if self._below > 0:
            return self._above / self._below
        return inf if self._above > 0 else None

    @property
    def share(self) -> float | None:
        """The canary's share of the traffic, weighted by where the errors fell."""
        errors = self.canary_errors + self.baseline_errors
        if errors > 0 and self._weighted_share > 0:
            return self._weighted_share / errors
        total = self.canary_requests + self.baseline_requests
        return self.canary_requests / total if total > 0 else None


def ratio_interval(s1: float, s0: float, share: float | None, alpha: float) -> tuple[float, float]:
    """The ratios not refuted at ``alpha``, at any look: a confidence sequence.

    Inverts the conjugate mixture ``B(a+s1, b+s0)/B(a,b) / (p**s1 (1-p)**s0)`` with
    ``a = k share, b = k (1-share)``, ``k = 10`` (Lindon & Malek 2022; exact for a constant split,
    a close reading when it moves). ``(0, inf)`` when nothing is known.
    """
    if share is None or not 0 < share < 1 or s1 + s0 <= 0:
        return (0.0, inf)
    a, b = _STRENGTH * share, _STRENGTH * (1 - share)
    top = _log_beta(a + s1, b + s0) - _log_beta(a, b) + log(alpha)
    low = 0.0 if s1 == 0 else _end(s1, s0, top)
    high = 1.0 if s0 == 0 else 1 - _end(s0, s1, top)
    return (_ratio_of(low, share), _ratio_of(high, share))


def _end(s1: float, s0: float, top: float) -> float:
    """The smallest share ``p`` with ``s1 log p + s0 log(1 - p) >= top``, by Newton's method.

    The left side is concave in ``p``; starting below the end, where the second term is left out,
    the steps never pass it.
    """
    p = exp(min(top / s1, -1e-16))
    for _ in range(_NEWTON_STEPS):
        missing = top - s1 * log(p) - s0 * log1p(-p)
        step = missing / (s1 / p - s0 / (1 - p))
        if not step > 1e-12 * p:
            break
        p += step
    return p


def _ratio_of(p: float, share: float) -> float:
    return inf if p >= 1 else p * (1 - share) / (share * (1 - p))


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def poisson_interval(events: float, alpha: float) -> tuple[float, float]:
    """Bounds on a Poisson mean from ``events``, each side at ``alpha``.

    Wilson and Hilferty's cube root approximation of the gamma quantile; exact enough (1 %) from
    one event on. The lower bound of no events is 0.
    """
    z = -normal_quantile(alpha)
    n = events + 1
    high = n * (1 - 1 / (9 * n) + z / (3 * n**0.5)) ** 3
    if events <= 0:
        return (0.0, max(high, -log(alpha)))
    low = events * max(0.0, 1 - 1 / (9 * events) - z / (3 * events**0.5)) ** 3
    return (low, high)


def normal_quantile(p: float) -> float:
    """The quantile of the standard normal (``statistics.NormalDist``)."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


def odds(value: float) -> str:
    """Evidence as people say it: ``412 to 1``; never more digits than mean something."""
    if value >= 1e6:
        return "more than a million to 1"
    return f"{digits(value)} to 1" if value >= 1 else f"1 to {digits(1 / max(value, exp(-700)))}"


def digits(value: float) -> str:
    """Three digits, as people write them: ``0.714``, ``33.2``, ``2,260``."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if 1e3 <= rounded < 1e6 else f"{value:.3g}"
