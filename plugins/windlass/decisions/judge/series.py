"""Plain series: values per look without counts behind them, such as a gauge or a mean.

Three kinds of bets on "the canary's values are higher", averaged:

* on the sign of canary minus baseline at each look;
* on values above a threshold taken from the baseline's past (its median, its upper tenth, all of
  it): with chances ``t1`` and ``t0`` of the two arms and ``t`` between them, a look with canary
  ``a`` and baseline ``b`` (1 above, 0 not) multiplies by ``p_t1(a) p_t0(b) / (p_t(a) p_t(b))``,
  whose mean is at most 1 whenever the canary is no likelier above it (Turner, Ly, Grünwald 2024,
  "safe 2x2"); what moves both arms together only lowers it;
* on the mean difference, by an asymptotic confidence sequence.

The first two only compare values, so that units do not matter, and a rise in variability alone
is seen as well: it puts more values above the upper tenth.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum, inf, isfinite, log, nan, sqrt

from windlass.decisions.judge import sentences
from windlass.decisions.judge.asymptotic import (
    BURN_IN,
    RunningMean,
    evidence,
    one_sided_width,
    tightest_at,
)
from windlass.decisions.judge.count_verdict import Decision
from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.ratio import odds
from windlass.decisions.judge.tidy import in_order
from windlass.decisions.judge.wealth import Wealth
from windlass.decisions.verdict import Outcome, Verdict

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


@dataclass(frozen=True)
class SeriesVerdict:
    """What the judge of series answers; the attributes are those of ``CountVerdict``.

    ``ratio`` is the ratio of means, ``None`` while the baseline's is 0.
    """

    name: str
    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    e_value: float
    p_value: float
    ratio: float | None
    look: int
    path: tuple[float, ...]
    smallest_detectable_ratio: float

    @property
    def verdict(self) -> Verdict:
        """The same as the verdict every decision gives."""
        figures = {"decision": self.decision, "e_value": self.e_value, "look": self.look}
        return Verdict(self.outcome, self.reasons, figures)


@dataclass(frozen=True, slots=True)
class SeriesLook:
    """What one interval showed of a plain series.

    Attributes:
        baseline: the old version's value; ``None`` or NaN when it reported nothing.
        canary: the new version's value.
        at: end of the interval in seconds; ``None`` means "in the order given".
        error: why the question could not be asked.
    """

    baseline: float | None = None
    canary: float | None = None
    at: float | None = None
    error: str | None = None


def judge_series_looks(
    looks: Sequence[SeriesLook],
    policy: CountPolicy,
    *,
    name: str = "value",
    history: Sequence[SeriesLook] = (),
) -> SeriesVerdict:
    """:func:`judge_series` on looks; one that failed keeps anything good from being concluded."""
    ordered, warnings = in_order(looks)
    kept = [look for _, look in ordered]
    arms = [[_value(look, arm) for look in kept] for arm in ("baseline", "canary")]
    before = [_value(look, "baseline") for look in history]
    verdict = judge_series(arms[0], arms[1], policy, name=name, history=before)
    if verdict.decision != "rollback" and kept and kept[-1].error is not None:
        why = f"the latest look failed: {kept[-1].error}"
        verdict = replace(
            verdict, decision="continue", outcome=Outcome.ERROR, look=len(kept), reasons=(why,)
        )
    return replace(verdict, reasons=(*verdict.reasons, *(f"{name}: {w}" for w in warnings)))


def _value(look: SeriesLook, arm: str) -> float:
    value: float | None = getattr(look, arm) if look.error is None else None
    return nan if value is None else value


def judge_series(
    control: Sequence[float],
    experiment: Sequence[float],
    policy: CountPolicy,
    *,
    name: str = "value",
    history: Sequence[float] = (),
) -> SeriesVerdict:
    """Judge two series look by look; NaN is a missing value.

    ``policy.refuse_ratio`` and ``tolerance_ratio`` are ratios of means. The error budgets of the
    first two kinds of bets are exact for looks that are exchangeable between the arms given the
    past; ``policy.dispersion`` above 1 slows all bets for looks that depend on one another.

    Args:
        control: the baseline's values, one a look.
        experiment: the canary's values.
        policy: error budgets and what to refuse.
        name: the metric's name.
        history: the baseline's values before the release; thresholds then stand from the start.
    """
    ups = {"increase": (1,), "decrease": (-1,), "either": (1, -1)}[policy.direction]
    sides = [_Side(policy, up, history) for up in ups]
    looks = max(len(control), len(experiment))
    path: list[float] = []
    rollback_look = go_look = None
    for place in range(looks):
        below = control[place] if place < len(control) else nan
        above = experiment[place] if place < len(experiment) else nan
        for side in sides:
            side.observe(below, above)
        path.append(fsum(side.value for side in sides) / len(sides))
        if rollback_look is None and path[-1] >= 1 / policy.alpha:
            rollback_look = place + 1
        if go_look is None and all(side.refuted for side in sides):
            go_look = place + 1
    verdict = _conclude(name, (control, experiment), policy, path, (rollback_look, go_look))
    return replace(verdict, smallest_detectable_ratio=sides[0].detectable(control))


class _Side:
    """Bets in one direction; ``up`` is -1 when lower values are worse."""

    def __init__(self, policy: CountPolicy, up: int, history: Sequence[float]) -> None:
        self._policy = policy
        self._up = up
        self._past = sorted(up * value for value in history if isfinite(value))
        total = sum(_FIRST) + sum(_LATER)
        self._wealth = Wealth(
            [part / total for part in _FIRST],
            [part / total for part in _LATER],
            policy.planned_looks,
        )
        self._excess, self._refused = RunningMean(), RunningMean()
        self._precision = tightest_at(2 * policy.alpha, policy.planned_looks)
        self._go_precision = tightest_at(2 * policy.beta, policy.planned_looks)

    @property
    def value(self) -> float:
        """Evidence that the canary is worse."""
        mean = evidence(self._excess, self._precision)
        return (1 - _ON_MEAN) * self._wealth.value + _ON_MEAN * mean

    @property
    def refuted(self) -> bool:
        """Whether a canary as bad as the ratio to refuse is refuted."""
        seen = self._refused
        if seen.count < BURN_IN or seen.variance <= 0:
            return False
        width = one_sided_width(seen.variance, seen.count, self._policy.beta, self._go_precision)
        return seen.mean + width < 0

    def detectable(self, control: Sequence[float]) -> float:
        """The ratio of means found with 80 % from this many looks; infinite in the burn-in."""
        seen, known = self._excess, [value for value in control if isfinite(value)]
        mean = abs(fsum(known)) / len(known) if known else 0.0
        if seen.count < BURN_IN or mean <= 0:
            return inf
        alpha = self._policy.alpha / _ON_MEAN if self._policy.alpha < _ON_MEAN else 0.5
        width = one_sided_width(seen.variance, seen.count, alpha, self._precision)
        reach = width + _FOUR_IN_FIVE * sqrt(seen.variance / seen.count)
        return self._policy.tolerance_ratio + reach / mean

    def observe(self, control: float, experiment: float) -> None:
        """Take one look in; a value that is missing bets nothing."""
        below, above = self._up * control, self._up * experiment
        if isfinite(below) and isfinite(above):
            phi = self._policy.dispersion
            self._wealth.advance([gain / phi for gain in self._gains(below, above)])
            self._excess.add(self._beyond(below, above, self._policy.tolerance_ratio))
            self._refused.add(self._beyond(below, above, self._policy.refuse_ratio))
        if isfinite(below):
            insort(self._past, below)

    def _beyond(self, below: float, above: float, ratio: float) -> float:
        """How far the canary lies above ``ratio`` times the baseline, in the bad direction."""
        return above - ratio * below if self._up > 0 else above * ratio - below

    def _gains(self, below: float, above: float) -> list[float]:
        higher, lower = above > below, above < below
        gains = [log(2 * p) if higher else log(2 * (1 - p)) if lower else 0.0 for p in _SIGNS]
        for share, t1, t0 in _EXCEEDANCES:
            if not self._past:
                gains.append(0.0)
                continue
            place = min(len(self._past) - 1, int(share * len(self._past)))
            threshold, middle = self._past[place], (t1 + t0) / 2
            gains.append(
                _log_chance(above > threshold, t1, middle)
                + _log_chance(below > threshold, t0, middle)
            )
        return gains


def _log_chance(happened: bool, chance: float, middle: float) -> float:  # noqa: FBT001 - 0 or 1
    return log(chance / middle) if happened else log((1 - chance) / (1 - middle))


def _conclude(
    name: str,
    data: tuple[Sequence[float], Sequence[float]],
    policy: CountPolicy,
    path: list[float],
    ends: tuple[int | None, int | None],
) -> SeriesVerdict:
    control, experiment = ([v for v in series if isfinite(v)] for series in data)
    pairs = sum(1 for y, x in zip(*data, strict=False) if isfinite(y) and isfinite(x))
    rollback_look, go_look = ends
    decision: Decision = "continue"
    outcome, look, latest = Outcome.INCONCLUSIVE, len(path), path[-1] if path else 1.0
    peak = max(path, default=1.0)
    if rollback_look is not None:
        decision, outcome, look = "rollback", Outcome.FAIL, rollback_look
        latest = path[look - 1]
        why = _sentence(look, latest, policy, "is enough to roll back")
    elif not pairs:
        outcome, why = Outcome.NO_DATA, "no look has a value of both arms"
    elif pairs < (1 - policy.max_missing) * len(path):
        outcome, why = Outcome.NO_DATA, f"only {pairs} of {len(path)} looks have both values"
    elif go_look is not None:
        decision, outcome, look = "go", Outcome.PASS, go_look
        why = f"look {look}: {policy.refuse_ratio:g} times worse is refuted"
    else:
        why = _sentence(look, latest, policy, "would be enough to roll back")
    ratio = _ratio(control, experiment)
    reasons = (_figures(name, control, experiment, ratio), why) if pairs else (why,)
    return SeriesVerdict(
        name,
        decision,
        outcome,
        reasons,
        latest,
        min(1.0, 1 / max(peak, 1.0)),
        ratio,
        look,
        tuple(path),
        inf,
    )


def _sentence(look: int, value: float, policy: CountPolicy, enough: str) -> str:
    word = {"increase": "higher", "decrease": "lower", "either": "different"}[policy.direction]
    return (
        f"look {look}: evidence {odds(value)} that the canary's values are {word}; "
        f"{odds(1 / policy.alpha)} {enough} (error budget {sentences.percent(policy.alpha)})"
    )


def _ratio(control: Sequence[float], experiment: Sequence[float]) -> float | None:
    if not control or not experiment or not fsum(control):
        return None
    return (fsum(experiment) / len(experiment)) / (fsum(control) / len(control))


def _figures(
    name: str, control: Sequence[float], experiment: Sequence[float], ratio: float | None
) -> str:
    above, below = fsum(experiment) / len(experiment), fsum(control) / len(control)
    times = "" if ratio is None else f": {ratio:.3g} times"
    return f"{name}: canary mean {above:.4g}, baseline mean {below:.4g}{times}"
