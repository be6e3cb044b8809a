"""A rollout judged by limits: each look is a measurement, and what follows from their phases.

A step goes on as long as its bake. Where a metric's run ends before, the next one begins: what
fails then still rolls back, and what was inconclusive may still become good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan

from windlass.decisions.judge import sentences
from windlass.decisions.judge.bounds import Bounds
from windlass.decisions.judge.count_verdict import Decision
from windlass.decisions.judge.counts import Look
from windlass.decisions.judge.latency import HistogramLook, quantile_of
from windlass.decisions.judge.limits import (
    Limits,
    LimitsVerdict,
    Phase,
    judge_limits,
    judge_runs,
    measure,
)
from windlass.decisions.judge.release import MetricLooks
from windlass.decisions.judge.series import SeriesLook
from windlass.decisions.verdict import SEVERITY, Outcome, Verdict

_WITH_FIGURE = (Phase.SUCCESSFUL, Phase.INCONCLUSIVE, Phase.FAILED)


@dataclass(frozen=True, slots=True)
class LimitRules:
    """How one metric is measured.

    Attributes:
        limits: how many measurements, and how many bad ones.
        success: all of its bounds hold of a good figure; ``None``: no condition.
        failure: one of its bounds holds of a bad figure.
    """

    limits: Limits
    success: Bounds | None = None
    failure: Bounds | None = None

    def phase(self, value: float | None) -> Phase:
        """The phase of one measurement; no figure is an error."""
        if value is None:
            return Phase.ERROR
        return measure(
            value,
            success=None if self.success is None else self.success.all_hold(value),
            failure=None if self.failure is None else self.failure.any_holds(value),
        )

    @property
    def ends(self) -> bool:
        """Whether a run ends by itself, as one with a count does; another is good when stopped."""
        return self.limits.wanted is not None or self.limits.consecutive_success_limit > 0


@dataclass(frozen=True, slots=True)
class MetricPhase:
    """What the measurements of one metric come to.

    Attributes:
        phase: of the last run that ended; running, or pending, before.
        outcome: the same, with missing data (``NO_DATA``) and failed queries (``ERROR``) apart;
            a last measurement without a figure is one of these even while it is allowed.
        reasons: never empty.
        good: whether it is good if nothing more is measured.
        open: whether further measurements are needed, and expected, to tell.
        measured: how many measurements there are.
        value: the last figure, of the bad ones where these decide; ``None`` without any.
    """

    phase: Phase
    outcome: Outcome
    reasons: tuple[str, ...]
    good: bool
    open: bool
    measured: int
    value: float | None


@dataclass(frozen=True)
class ReleaseLimits:
    """What the limits method says of a step.

    Attributes:
        decision: rollback when a metric failed, go when all were successful.
        outcome: the worst of the metrics that decide.
        reasons: never empty.
        metrics: each metric's own phase, those that are muted (on dry run) among them.
        deciding: the names of those that decide.
    """

    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    metrics: Mapping[str, MetricPhase]
    deciding: tuple[str, ...]

    def verdict(self, *, over: bool) -> Verdict:
        """What a rollout goes by; ``over`` when the step's bake and requests are met.

        Success does not end the bake. At its end a metric without a count is good when no limit is
        exceeded, and the figure ``more_to_come`` says that the others need more measurements.
        """
        decided = [self.metrics[name] for name in self.deciding]
        if self.decision == "rollback":
            return Verdict(Outcome.FAIL, self.reasons)
        if decided and all(metric.good for metric in decided):
            return Verdict(Outcome.PASS if over else Outcome.INCONCLUSIVE, self.reasons)
        lacking = self.outcome in (Outcome.NO_DATA, Outcome.ERROR)
        bad = [metric for metric in decided if not metric.good]
        more = bool(bad) and all(metric.open for metric in bad)
        outcome = self.outcome if lacking else Outcome.INCONCLUSIVE
        return Verdict(outcome, self.reasons, {"more_to_come": more})


def limit_release(
    metrics: Mapping[str, MetricLooks], rules: Mapping[str, LimitRules], *, stopped: bool = False
) -> ReleaseLimits:
    """Judge the looks of one step by each metric's limits; the baseline plays no part.

    Args:
        metrics: what was seen.
        rules: of every metric that is not muted; of a muted one they tell what it would decide.
        stopped: nothing more is measured afterwards: a run with a count, too, is then good when no
            limit is exceeded.

    Raises:
        ValueError: a metric that is not muted has no rules.
    """
    without = [name for name in metrics if name not in rules and not metrics[name].muted]
    if without:
        raise ValueError(f"no limits for {', '.join(without)}; mute what is not to decide")
    found = {
        name: _phase_of(name, metrics[name], rule, stopped=stopped) for name, rule in rules.items()
    }
    missing = (Outcome.NO_DATA, Outcome.ERROR)
    deciding = [name for name in found if not metrics[name].muted]
    optional = [
        name
        for name in deciding
        if not metrics[name].required
        and found[name].outcome in missing
        and found[name].phase is not Phase.INCONCLUSIVE
    ]
    deciding = [name for name in deciding if name not in optional]
    notes = [f"{name} has no data and is not required" for name in optional]
    notes += [_muted(name, found.get(name)) for name in metrics if metrics[name].muted]
    if not deciding:
        reasons = ("no metric has data to judge by", *notes)
        return ReleaseLimits("continue", Outcome.NO_DATA, reasons, found, ())
    worst = max((found[name].outcome for name in deciding), key=SEVERITY.index)
    said = [r for name in deciding if found[name].outcome is worst for r in found[name].reasons]
    decision: Decision = "continue"
    if worst in (Outcome.FAIL, Outcome.PASS):
        decision = "rollback" if worst is Outcome.FAIL else "go"
    return ReleaseLimits(decision, worst, (*said, *notes), found, tuple(deciding))


def _muted(name: str, phase: MetricPhase | None) -> str:
    said = f"{name} is muted and decides nothing"
    return said if phase is None else f"{said}: {phase.phase.value}, {'; '.join(phase.reasons)}"


def phases_of(metric: MetricLooks, rule: LimitRules) -> list[Phase]:
    """The phase of each look at the new version."""
    return [rule.phase(_figure(look, metric.quantile)) for look in metric.looks]


def _phase_of(name: str, metric: MetricLooks, rule: LimitRules, *, stopped: bool) -> MetricPhase:
    phases = phases_of(metric, rule)
    runs = judge_runs(rule.limits, phases)
    present = judge_limits(rule.limits, runs.present)
    said = runs.ended or present
    told = (said.phase,) if said.phase in (Phase.FAILED, Phase.INCONCLUSIVE) else _WITH_FIGURE
    shown = max((at for at, phase in enumerate(phases) if phase in told), default=None)
    lacks = bool(phases) and phases[-1] is Phase.ERROR
    counted = any(phase is not Phase.ERROR for phase in runs.present)
    ended_well = runs.ended is not None and runs.ended.phase is Phase.SUCCESSFUL
    until_stopped = runs.ended is None and counted and (stopped or not rule.ends)
    return MetricPhase(
        phase=said.phase,
        outcome=_outcome(said, metric, lacks=lacks),
        reasons=_reasons(name, metric, rule, said, shown),
        good=not lacks and (ended_well or until_stopped),
        open=said.phase not in (Phase.FAILED, Phase.ERROR, Phase.INCONCLUSIVE) and bool(phases),
        measured=len(phases),
        value=None if shown is None else _figure(metric.looks[shown], metric.quantile),
    )


def _outcome(said: LimitsVerdict, metric: MetricLooks, *, lacks: bool) -> Outcome:
    if said.phase is Phase.PENDING:
        return Outcome.NO_DATA
    if said.phase is Phase.FAILED or not (lacks or said.phase is Phase.ERROR):
        return said.outcome
    return Outcome.ERROR if _last_error(metric) else Outcome.NO_DATA


def _reasons(
    name: str, metric: MetricLooks, rule: LimitRules, said: LimitsVerdict, shown: int | None
) -> tuple[str, ...]:
    """Which figure it was, what was wanted of it, and which limit that met."""
    found = []
    if shown is not None:
        look = metric.looks[shown]
        figure = _shown(look, metric.quantile)
        found.append(f"{name}: canary {figure} at look {shown + 1} ({_wanted(rule, look)})")
    error = _last_error(metric)
    if error:
        found.append(f"{name}: could not be asked: {error}")
    elif metric.looks and _figure(metric.looks[-1], metric.quantile) is None:
        found.append(f"{name}: no data of the new version at look {len(metric.looks)}")
    return (*found, *(f"{name}: {reason}" for reason in said.reasons))


def _wanted(rule: LimitRules, look: object) -> str:
    conditions = (("success", rule.success, " and "), ("failure", rule.failure, " or "))
    return "; ".join(
        f"{word}: {between.join(_bound(look, *item) for item in bounds.given().items())}"
        for word, bounds, between in conditions
        if bounds is not None
    )


def _bound(look: object, word: str, bound: float) -> str:
    figure = sentences.percent(bound) if isinstance(look, Look) else f"{bound:g}"
    return f"{word.replace('_', ' ')} {figure}"


def _shown(look: object, quantile: float | None) -> str:
    """The figure of a look in words: a rate with its counts, another as it is."""
    if isinstance(look, Look) and look.canary is not None:
        return sentences.rate(look.canary)
    value = _figure(look, quantile)
    return "unknown" if value is None else f"{value:.4g}"


def _last_error(metric: MetricLooks) -> str | None:
    return metric.looks[-1].error if metric.looks else None


def _figure(look: object, quantile: float | None) -> float | None:
    """What the new version showed at a look; None where there is no figure."""
    if isinstance(look, Look):
        seen = look.canary
        usable = look.error is None and seen is not None and seen.problem is None and seen.requests
        return seen.errors / seen.requests if seen is not None and usable else None
    if isinstance(look, HistogramLook):
        buckets = None if look.error else look.canary
        return quantile_of(buckets, quantile or 0.95) if buckets else None
    if isinstance(look, SeriesLook) and look.error is None and look.canary is not None:
        return None if isnan(look.canary) else look.canary
    return None


def within(rule: LimitRules, looks: int) -> LimitRules:
    """The rule with runs of at most ``looks`` measurements, where it has no count of its own.

    For a watch of days: what failed days ago does not add up with what fails today. A limit on bad
    measurements above it stays one that can be exceeded.
    """
    limits = rule.limits
    if limits.count is not None:
        return rule
    least = max(limits.failure_limit, limits.inconclusive_limit) + 1
    return replace(rule, limits=replace(limits, count=max(looks, least)))
