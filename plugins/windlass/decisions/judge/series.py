"""Plain series: values per look without counts behind them, such as a gauge or a mean.

The bets (``series_bets``) only compare values, but for those on the mean difference, so that units
do not matter, and a rise in variability alone is seen as well: it puts more values above the
upper tenth. Without a baseline arm each look is compared with one earlier value of the old
version, each used once. Looks that resemble their neighbours slow all bets down by as much less as
they tell, as measured before the release and while looking (``autocorrelation``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import fsum, inf, isfinite, nan

from windlass.decisions.judge import sentences
from windlass.decisions.judge.asymptotic import BURN_IN, RunningMean, half_width, tightest_at
from windlass.decisions.judge.autocorrelation import (
    ENOUGH_LOOKS,
    LEAST_VALUES,
    Resemblance,
    kept,
)
from windlass.decisions.judge.count_verdict import Decision
from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.past_values import PastValues
from windlass.decisions.judge.ratio import odds
from windlass.decisions.judge.series_bets import SeriesSide
from windlass.decisions.judge.tidy import in_order, known_before
from windlass.decisions.verdict import Outcome, Verdict

#: Where this many looks are worth one, the reasons say so.
_WORTH_SAYING = 1.5


@dataclass(frozen=True)
class SeriesVerdict:
    """What the judge of series answers; the attributes are those of ``CountVerdict``.

    ``ratio`` is the ratio of means, ``None`` while the baseline's is 0; ``ratio_interval`` holds at
    every look at once, approximately, and is without end before ten looks' worth.
    """

    name: str
    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    e_value: float
    p_value: float
    ratio: float | None
    ratio_interval: tuple[float, float]
    look: int
    path: tuple[float, ...]
    smallest_detectable_ratio: float
    weaker: bool = False

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
        stage: as for ``Look``.
    """

    baseline: float | None = None
    canary: float | None = None
    at: float | None = None
    error: str | None = None
    stage: float | str | None = None


def judge_series(
    control: Sequence[float],
    experiment: Sequence[float],
    policy: CountPolicy,
    *,
    name: str = "value",
    history: Sequence[float] = (),
) -> SeriesVerdict:
    """Judge two series point by point; NaN is a missing value.

    Args:
        control: the baseline's values, one a look.
        experiment: the canary's values.
        policy: error budgets and what to refuse.
        name: the metric's name.
        history: the baseline's values before the release; thresholds then stand from the start.
    """
    pairs = zip_longest(control, experiment, fillvalue=nan)
    looks = [SeriesLook(below, above) for below, above in pairs]
    before = [SeriesLook(value) for value in history]
    return judge_series_looks(looks, policy, name=name, history=before)


def judge_series_looks(
    looks: Sequence[SeriesLook],
    policy: CountPolicy,
    *,
    name: str = "value",
    history: Sequence[SeriesLook] = (),
) -> SeriesVerdict:
    """Judge looks at two series.

    ``policy.refuse_ratio`` and ``tolerance_ratio`` are ratios of means. The error budgets of bets
    on signs and thresholds are exact for looks that are exchangeable between the arms given the
    past. How many looks are worth one, because neighbours resemble one another, is measured on
    ``history``, or was before and is ``policy.dispersion``; looks then correct it. Without either
    that is only learnt while looking, and said.
    Stages, missing data and looks that failed are as for counts.
    """
    ordered, warnings = in_order(looks)
    before = [_value(look, "baseline") for look in known_before(history, looks)]
    timed = all(look.at is not None for look in history)
    earlier = [
        (at if timed else None, _value(look, "baseline")) for at, look in in_order(history)[0]
    ]
    judge = _SeriesJudge(policy, before, PastValues(earlier))
    for _, look in ordered:
        judge.observe(look)
    return judge.conclude(name, warnings)


def _value(look: SeriesLook, arm: str) -> float:
    value: float | None = getattr(look, arm) if look.error is None else None
    return nan if value is None else value


def _resembling(measured: float, past: PastValues) -> Resemblance:
    """As it is known before the first look: what was measured, or the past shows if it is more."""
    if measured <= 1:
        return Resemblance(past.resemblance, past.count)
    return Resemblance(max(kept(measured), past.resemblance), max(ENOUGH_LOOKS, past.count))


class _SeriesJudge:
    """The judge between looks."""

    def __init__(self, policy: CountPolicy, before: Sequence[float], past: PastValues) -> None:
        ups = {"increase": (1,), "decrease": (-1,), "either": (1, -1)}[policy.direction]
        self.policy = policy
        self._past = past
        self._measured = past.count >= LEAST_VALUES or policy.dispersion > 1
        self._sides = [
            SeriesSide(policy, up, before, _resembling(policy.dispersion, past)) for up in ups
        ]
        self._stages = 0
        self._looks: list[SeriesLook] = []
        self._rollback_look: int | None = None
        self._path: list[float] = []
        self._pairs: list[tuple[float, float]] = []
        self._apart = RunningMean()
        self._alone = False
        self._begin()

    def _begin(self) -> None:
        """What is asked anew in each stage."""
        self._stage_began = len(self._path)
        self._go_look: int | None = None
        self._complete = 0
        self._with_arms = False

    def observe(self, look: SeriesLook) -> None:
        """Take one look in."""
        if self._looks and look.stage != self._looks[-1].stage:
            self._stages += 1
            self._begin()
            for side in self._sides:
                side.begin(self._stages)
        self._looks.append(look)
        below, above = _value(look, "baseline"), _value(look, "canary")
        self._with_arms = self._with_arms or isfinite(below)
        paired, least = self._with_arms or not self._past.count, 1.0
        if not paired and isfinite(above):
            below, least = self._past.take(look.at), self._past.days_differ(look.at)
            self._alone = True
        if isfinite(above) and (isfinite(below) or not paired):
            self._complete += 1
        if isfinite(above) and isfinite(below):
            self._pairs.append((below, above))
            self._apart.add(above - below)
        for side in self._sides:
            side.observe(below, above, paired=paired, least=least)
        self._note()

    def _note(self) -> None:
        self._path.append(fsum(side.value for side in self._sides) / len(self._sides))
        if self._rollback_look is None and self._path[-1] >= 1 / self.policy.alpha:
            self._rollback_look = len(self._path)
        if self._go_look is None and all(side.refuted for side in self._sides):
            self._go_look = len(self._path)

    def conclude(self, name: str, warnings: Sequence[str]) -> SeriesVerdict:
        """The verdict on what was observed so far."""
        decision, outcome, why = self._decide()
        look = {"rollback": self._rollback_look, "go": self._go_look}.get(decision)
        look = look or len(self._path)
        latest = self._path[look - 1 if decision == "rollback" else -1] if self._path else 1.0
        control, experiment = ([pair[arm] for pair in self._pairs] for arm in (0, 1))
        ratio = _ratio(control, experiment)
        interval = self._interval(control)
        reasons = [self._figures(name, control, experiment, interval)] if self._pairs else []
        reasons += [why, *self._weaker()]
        return SeriesVerdict(
            name=name,
            decision=decision,
            outcome=outcome,
            reasons=(*reasons, *(f"{name}: {warning}" for warning in warnings)),
            e_value=latest,
            p_value=min(1.0, 1 / max(1.0, *self._path)) if self._path else 1.0,
            ratio=ratio,
            ratio_interval=interval,
            look=look,
            path=tuple(self._path),
            smallest_detectable_ratio=self._sides[0].detectable(control),
            weaker=self._alone,
        )

    def _interval(self, control: Sequence[float]) -> tuple[float, float]:
        """Ratios of means that are not refuted: the mean difference's, over the baseline's mean."""
        seen, slower = self._apart, max(side.slower for side in self._sides)
        count, mean = seen.count / slower, fsum(control) / max(1, len(control))
        if count < BURN_IN or not mean:
            return (-inf, inf)
        precision = tightest_at(self.policy.alpha, self.policy.planned_looks)
        width = half_width(seen.variance_of(slower), count, self.policy.alpha, precision)
        ends = [1 + (seen.mean + end) / mean for end in (-width, width)]
        return (min(ends), max(ends))

    def _figures(
        self,
        name: str,
        control: Sequence[float],
        experiment: Sequence[float],
        interval: tuple[float, float],
    ) -> str:
        ratio = _ratio(control, experiment)
        above, below = fsum(experiment) / len(experiment), fsum(control) / len(control)
        times = "" if ratio is None else f": {ratio:.3g} times"
        if times and isfinite(interval[0]):
            times += f" (between {interval[0]:.3g} and {interval[1]:.3g})"
        against = "baseline mean"
        if self._alone:
            against = sentences.before(seasonal=self._past.seasonal)
        return f"{name}: canary mean {above:.4g}, {against} {below:.4g}{times}"

    def _weaker(self) -> list[str]:
        """What makes it weaker than it could be."""
        slower = max(side.slower for side in self._sides)
        said = [sentences.resembling(slower)] if slower >= _WORTH_SAYING else []
        said += [] if self._measured or not self._pairs else [sentences.UNMEASURED]
        return [*said, *([sentences.WEAKER] if self._alone else [])]

    def _decide(self) -> tuple[Decision, Outcome, str]:
        policy, stage = self.policy, len(self._path) - self._stage_began
        latest = self._path[-1] if self._path else 1.0
        if self._rollback_look is not None:
            look = self._rollback_look
            why = _sentence(look, self._path[look - 1], policy, "is enough to roll back")
            return "rollback", Outcome.FAIL, why
        if self._looks and self._looks[-1].error is not None:
            why = f"the latest look failed: {self._looks[-1].error}"
            return "continue", Outcome.ERROR, why
        if not self._complete:
            return "continue", Outcome.NO_DATA, "no look has a value of both arms"
        if self._complete < (1 - policy.max_missing) * stage:
            why = f"only {self._complete} of {stage} looks have both values"
            return "continue", Outcome.NO_DATA, why
        if self._go_look is not None:
            why = f"look {self._go_look}: {policy.refuse_ratio:g} times worse is refuted"
            return "go", Outcome.PASS, why
        why = _sentence(len(self._path), latest, policy, "would be enough to roll back")
        return "continue", Outcome.INCONCLUSIVE, why


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
