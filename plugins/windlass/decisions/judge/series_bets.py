"""What is bet on a plain series, in one direction.

Three kinds of bets on "the canary's values are higher", averaged:

* on the sign of canary minus baseline at each look;
* on values above a threshold taken from the baseline's past (its median, its upper tenth, all of
  it): with chances ``t1`` and ``t0`` of the two arms and ``t`` between them, a look with canary
  ``a`` and baseline ``b`` (1 above, 0 not) multiplies by ``p_t1(a) p_t0(b) / (p_t(a) p_t(b))``,
  whose mean is at most 1 whenever the canary is no likelier above it (Turner, Ly, Grünwald 2024,
  "safe 2x2"); what moves both arms together only lowers it;
* on the mean difference, by an asymptotic confidence sequence.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from math import fsum, inf, isfinite, log, sqrt

from windlass.decisions.judge.asymptotic import (
    BURN_IN,
    RunningMean,
    evidence,
    one_sided_width,
    tightest_at,
)
from windlass.decisions.judge.autocorrelation import Resemblance, inflation, resemblance
from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.prior import stage_share
from windlass.decisions.judge.wealth import Wealth

#: Chances that the canary's value is the higher one of the two.
_SIGNS = (0.75, 0.95)
#: (share of the baseline's past below the threshold, chance of the canary, of the baseline).
_EXCEEDANCES = (
    (0.5, 0.75, 0.5),
    (0.5, 0.95, 0.5),
    (0.9, 0.4, 0.1),
    (0.9, 0.8, 0.1),
    (1.0, 0.4, 0.03),
    (1.0, 0.9, 0.03),
)
_FIRST = (0.08, 0.07, 0.1, 0.1, 0.08, 0.1, 0.07, 0.1)
_LATER = (0.02, 0.03, 0.05, 0.05, 0.03, 0.05, 0.03, 0.04)
#: The share of the wealth that bets on the mean difference.
_ON_MEAN = 0.3
#: The standard normal's quantile at 0.8.
_FOUR_IN_FIVE = 0.8416


class SeriesSide:
    """Bets in one direction.

    Args:
        policy: error budgets, ratios, planned stages.
        up: -1 when lower values are worse.
        past: values of the baseline from before, for the thresholds.
        known: how much looks resemble their neighbours, as far as it is known.

    Attributes:
        slower: how many looks are worth one.
    """

    def __init__(
        self, policy: CountPolicy, up: int, past: Sequence[float], known: Resemblance
    ) -> None:
        self._policy, self._up = policy, up
        self._resembling, self.slower = known, 1.0
        self._past = sorted(up * value for value in past if isfinite(value))
        self._go_precision = tightest_at(2 * policy.beta, policy.planned_looks)
        self._bets: list[_StageBet] = []
        self._unstaked = 1.0
        self.begin(0)

    def begin(self, stage: int) -> None:
        """Stage ``stage`` begins: its part of the wealth is bet anew, GO is asked anew."""
        self._refused = RunningMean()
        part = stage_share(stage, self._policy.stages)
        if part:
            self._bets.append(_StageBet(self._policy, part))
            self._unstaked -= part

    @property
    def value(self) -> float:
        """Evidence that the canary is worse."""
        return max(0.0, self._unstaked) + fsum(bet.value for bet in self._bets)

    @property
    def refuted(self) -> bool:
        """Whether a canary as bad as the ratio to refuse is refuted, in this stage."""
        seen = self._refused
        count = seen.count / self.slower
        if count < BURN_IN or seen.variance <= 0:
            return False
        variance = seen.variance_of(self.slower)
        width = one_sided_width(variance, count, self._policy.beta, self._go_precision)
        return seen.mean + width < 0

    def detectable(self, control: Sequence[float]) -> float:
        """The ratio of means found with 80 % from this many looks; infinite in the burn-in."""
        known = [value for value in control if isfinite(value)]
        mean = abs(fsum(known)) / len(known) if known else 0.0
        reach = self._bets[0].reach()
        return self._policy.tolerance_ratio + reach / mean if mean > 0 else inf

    def observe(
        self, control: float, experiment: float, *, paired: bool = True, least: float = 1.0
    ) -> None:
        """Take one look in; a value that is missing bets nothing.

        Args:
            control: the baseline's value.
            experiment: the canary's value.
            paired: whether both are of the same time. A control from before has helped to make
                the thresholds, so that nothing is bet on those then.
            least: how many looks are worth one, at least.
        """
        below, above = self._up * control, self._up * experiment
        if isfinite(below) and isfinite(above):
            slower = max(least, self._resembling.value)
            self._resembling.observe(above - below)
            gains = [gain / slower for gain in self._gains(below, above, thresholds=paired)]
            excess = self._beyond(below, above, self._policy.tolerance_ratio)
            for bet in self._bets:
                bet.observe(gains, excess, slower)
            self.slower = slower
            self._refused.add(self._beyond(below, above, self._policy.refuse_ratio))
        if paired and isfinite(below):
            insort(self._past, below)

    def _beyond(self, below: float, above: float, ratio: float) -> float:
        """How far the canary lies above ``ratio`` times the baseline, in the bad direction."""
        return above - ratio * below if self._up > 0 else above * ratio - below

    def _gains(self, below: float, above: float, *, thresholds: bool) -> list[float]:
        higher, lower = above > below, above < below
        gains = [log(2 * p) if higher else log(2 * (1 - p)) if lower else 0.0 for p in _SIGNS]
        for share, t1, t0 in _EXCEEDANCES:
            if not thresholds or not self._past:
                gains.append(0.0)
                continue
            place = min(len(self._past) - 1, int(share * len(self._past)))
            threshold, middle = self._past[place], (t1 + t0) / 2
            gains.append(
                _log_chance(above > threshold, t1, middle)
                + _log_chance(below > threshold, t0, middle)
            )
        return gains


class _StageBet:
    """What is bet from one stage on: ``part`` of the wealth."""

    def __init__(self, policy: CountPolicy, part: float) -> None:
        self._policy, self._part = policy, part
        total = sum(_FIRST) + sum(_LATER)
        self._wealth = Wealth(
            [weight / total for weight in _FIRST],
            [weight / total for weight in _LATER],
            policy.planned_looks,
        )
        self._excess = RunningMean()
        self._slower = 1.0
        self._precision = tightest_at(2 * policy.alpha, policy.planned_looks)

    @property
    def value(self) -> float:
        """What the part has become."""
        mean = evidence(self._excess, self._precision, self._slower)
        return self._part * ((1 - _ON_MEAN) * self._wealth.value + _ON_MEAN * mean)

    def observe(self, gains: Sequence[float], excess: float, slower: float) -> None:
        """Multiply the bets; ``excess`` is how far the canary is beyond what is tolerated."""
        self._wealth.advance(gains)
        self._excess.add(excess)
        self._slower = slower

    def reach(self) -> float:
        """How large a mean difference is found with 80 %; infinite in the burn-in."""
        alpha = self._policy.alpha * self._part
        return _reach(self._excess, self._excess.count, self._slower, alpha, self._precision)


def detectable_mean_ratio(
    values: Sequence[float], looks: int, alpha: float, *, planned: int = 60
) -> float:
    """The ratio of means that ``looks`` looks at two arms find four times in five.

    Args:
        values: of the old version, one an interval, in order; both arms are taken to scatter and to
            resemble their neighbours like them.
        looks: how many will be taken.
        alpha: the error budget of a rollback.
        planned: as in ``CountPolicy.planned_looks``.

    Returns:
        The ratio; infinite when nothing can be seen, as with too few looks or values around 0.
    """
    seen = RunningMean()
    for value in values:
        seen.add(value)
    if seen.count < 2 or not seen.mean:
        return inf
    inflated = inflation(resemblance(values))
    precision = tightest_at(2 * alpha, planned)
    return 1 + 2**0.5 * _reach(seen, looks, inflated, alpha, precision) / abs(seen.mean)


def _reach(
    seen: RunningMean, looks: float, inflated: float, alpha: float, precision: float
) -> float:
    """How large a mean difference ``looks`` differences like those seen show with 80 %.

    ``inflated`` of them are worth one.
    """
    looks /= inflated
    if looks < BURN_IN or seen.count <= inflated:
        return inf
    variance = seen.variance_of(inflated)
    width = one_sided_width(variance, looks, min(0.5, alpha / _ON_MEAN), precision)
    return width + _FOUR_IN_FIVE * sqrt(variance / looks)


def _log_chance(happened: bool, chance: float, middle: float) -> float:  # noqa: FBT001 - 0 or 1
    return log(chance / middle) if happened else log((1 - chance) / (1 - middle))
