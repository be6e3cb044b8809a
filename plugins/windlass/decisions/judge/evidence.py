"""The e-process: wealth won by betting that the canary is worse (or better) than allowed.

At equal rates an error falls into the canary with probability ``rho`` (its share of the traffic
in that interval), whatever the common rate is and however it moves. For "the ratio of rates is
``r``" the probability is ``r rho / (1 + (r - 1) rho)``. The likelihood ratio of an interval
with ``s1`` canary errors among ``d`` errors, ``r`` against the null ratio ``r0``, is therefore

    (r / r0) ** s1 * ((1 + (r0 - 1) rho) / (1 + (r - 1) rho)) ** d

Products of these over intervals, each interval with its own ``rho``, averaged over ``r`` and over
the look at which the change begins, are a non-negative supermartingale of mean at most 1 for
every ratio on the null's side (Lindon & Malek 2022, arXiv 2011.03567; Ville). It is convex in
``s1``, so that counts drawn without replacement (errors among requests) keep it one too, and a
power of it below 1 (counts divided by a dispersion) only loses wealth.
"""

from __future__ import annotations

from functools import lru_cache
from math import log, log1p

from windlass.decisions.judge.prior import Prior
from windlass.decisions.judge.wealth import Wealth


@lru_cache(maxsize=8192)
def _scaled(
    ratios: tuple[float, ...], null_ratio: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The ratios that are bet on, and their logarithms relative to the null's."""
    return tuple(null_ratio * ratio for ratio in ratios), tuple(log(ratio) for ratio in ratios)


class Evidence:
    """Wealth of one bet; 1 before the first look.

    Args:
        prior: what is bet on.
        null_ratio: the ratio to be refuted. The prior's ratios are relative to it: above 1
            they refute "at most ``null_ratio``", below 1 "at least ``null_ratio``".
        looks: looks before this one, at which nothing could be bet.
    """

    __slots__ = ("_by_share", "_log_relative", "_ratios", "_wealth", "null_ratio")

    def __init__(self, prior: Prior, null_ratio: float, looks: int = 0) -> None:
        self.null_ratio = null_ratio
        self._ratios, self._log_relative = _scaled(prior.ratios, null_ratio)
        self._wealth = Wealth(prior.first, prior.later, prior.planned, looks)
        self._by_share: tuple[float, list[float]] = (-1.0, [])

    @property
    def value(self) -> float:
        """The wealth now: evidence against the null, as "how many to one"."""
        return self._wealth.value

    def observe_arms(self, canary: float, total: float, share: float) -> None:
        """Take one interval in: ``canary`` of ``total`` errors at traffic share ``share``."""
        known, slopes = self._by_share
        if known != share:
            null = log1p((self.null_ratio - 1) * share)
            slopes = [log1p((ratio - 1) * share) - null for ratio in self._ratios]
            self._by_share = (share, slopes)
        self._wealth.advance(
            [
                canary * up - total * slope
                for up, slope in zip(self._log_relative, slopes, strict=True)
            ]
        )

    def observe_mean(self, canary: float, expected: float, *, upside_down: bool = False) -> None:
        """Take one interval in that has no baseline arm.

        Args:
            canary: errors seen.
            expected: errors that the past leads one to expect at a ratio of 1.
            upside_down: whether the ratios are those of baseline over canary.
        """
        if upside_down:
            gains = [
                (1 / self.null_ratio - 1 / ratio) * expected - canary * up
                for up, ratio in zip(self._log_relative, self._ratios, strict=True)
            ]
        else:
            gains = [
                canary * up - (ratio - self.null_ratio) * expected
                for up, ratio in zip(self._log_relative, self._ratios, strict=True)
            ]
        self._wealth.advance(gains)
