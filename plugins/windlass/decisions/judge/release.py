"""Many metrics, one verdict: who may spend how much of the error budget, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

from windlass.decisions.judge import sentences
from windlass.decisions.judge.count_verdict import CountVerdict, Decision
from windlass.decisions.judge.counts import CountPolicy, Look
from windlass.decisions.judge.latency import HistogramLook, LatencyTest, judge_latency
from windlass.decisions.judge.ratio import odds
from windlass.decisions.judge.sequential import judge_counts
from windlass.decisions.judge.series import SeriesLook, SeriesVerdict, judge_series_looks
from windlass.decisions.verdict import SEVERITY, Outcome, Verdict

AnyLooks = Sequence[Look] | Sequence[HistogramLook] | Sequence[SeriesLook]
MetricVerdict = CountVerdict | SeriesVerdict


@dataclass(frozen=True, slots=True)
class MetricLooks:
    """One metric: what was seen of it and how it is to be judged.

    Attributes:
        looks: of counts; of a histogram when ``quantile`` is given; or of a plain series.
        policy: ratios, direction, dispersion; the budgets come from the release's policy.
        history: looks before the release, for intervals without a baseline arm.
        quantile: of the histogram that must not rise.
        test: by which test it is judged (see ``judge_latency``).
        group: metrics of one group share its budget.
        required: whether missing data of it keeps a release from advancing.
        muted: reported, never decides.
    """

    looks: AnyLooks
    policy: CountPolicy = field(default_factory=CountPolicy)
    history: AnyLooks = ()
    quantile: float | None = None
    test: LatencyTest = "share"
    group: str = "all"
    required: bool = True
    muted: bool = False


@dataclass(frozen=True, slots=True)
class JudgePolicy:
    """The budgets of a release.

    Attributes:
        alpha: the chance that a release which is no worse is rolled back, all metrics together.
        beta: the chance that a release with one metric as bad as its ``refuse_ratio`` gets a GO.
        critical_share: how much of ``alpha`` the critical metrics have, when there are others.
    """

    alpha: float = 0.005
    beta: float = 0.05
    critical_share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("alpha", "beta", "critical_share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not between 0 and 1")


@dataclass(frozen=True)
class JudgeVerdict:
    """What all metrics say together.

    Attributes:
        decision: rollback, go or continue.
        outcome: as for one metric; missing data of a required metric wins over undecided.
        reasons: sentences a person can act on; never empty.
        metrics: each metric's own verdict.
        group_evidence: per group the average evidence of its members, at its largest.
        budgets: the share of ``alpha`` of each critical metric and each group.
    """

    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    metrics: Mapping[str, MetricVerdict]
    group_evidence: Mapping[str, float]
    budgets: Mapping[str, float]

    @property
    def smallest_detectable_ratio(self) -> float:
        """The worst over the metrics that decide; infinite when there is none."""
        ratios = [verdict.smallest_detectable_ratio for verdict in self.metrics.values()]
        return max(ratios, default=float("inf"))

    @property
    def verdict(self) -> Verdict:
        """The same for :func:`windlass.decisions.rollout.next_move`.

        FAIL is a rollback and PASS is a GO. An undecided one says how small a regression its data
        could have shown; that is also the figure ``smallest_detectable_ratio``.
        """
        seen = {"smallest_detectable_ratio": self.smallest_detectable_ratio}
        if self.decision == "rollback":
            return Verdict(Outcome.FAIL, self.reasons, seen)
        missing = self.outcome in (Outcome.ERROR, Outcome.NO_DATA)
        if missing or (self.decision == "go" and self.outcome is Outcome.PASS):
            return Verdict(self.outcome, self.reasons, seen)
        could = tuple(
            sentences.detectable(name, metric.smallest_detectable_ratio)
            for name, metric in self.metrics.items()
        )
        return Verdict(Outcome.INCONCLUSIVE, (*self.reasons, *could), seen)


def judge_release(metrics: Mapping[str, MetricLooks], policy: JudgePolicy) -> JudgeVerdict:
    """Judge a release by all its metrics.

    A critical metric rolls back by itself when its evidence reaches 1 over its share of the
    budget; the others when the average evidence of their group does (an average of e-values is
    an e-value however the metrics depend on one another). GO needs every deciding metric's GO,
    each at ``beta``.
    """
    deciding = {name: metric for name, metric in metrics.items() if not metric.muted}
    budgets = _budgets(deciding, policy)
    members = _groups(deciding)
    shares = alphas(metrics, policy)
    verdicts: dict[str, MetricVerdict] = {
        name: _judge(name, metric, _with_budget(metric.policy, shares[name], policy.beta))
        for name, metric in metrics.items()
    }
    evidence = {
        group: _average_peak([verdicts[n] for n in names]) for group, names in members.items()
    }
    decided = {name: verdicts[name] for name in deciding}
    required = {name for name, metric in deciding.items() if metric.required}
    decision, outcome, reasons = _combine(decided, required, evidence, members, budgets)
    reasons.extend(
        f"{name} is muted and decides nothing" for name in metrics if name not in deciding
    )
    return JudgeVerdict(decision, outcome, tuple(reasons), verdicts, evidence, budgets)


def alphas(metrics: Mapping[str, MetricLooks], policy: JudgePolicy) -> dict[str, float]:
    """With which budget each metric rolls back by itself; a muted one is shown at all of it."""
    deciding = {name: metric for name, metric in metrics.items() if not metric.muted}
    budgets = _budgets(deciding, policy)
    members = _groups(deciding)
    found = dict.fromkeys(metrics, policy.alpha)
    for name, metric in deciding.items():
        own = metric.policy.critical
        found[name] = budgets[name] if own else budgets[metric.group] / len(members[metric.group])
    return found


@lru_cache(maxsize=4096)
def _with_budget(policy: CountPolicy, alpha: float, beta: float) -> CountPolicy:
    return replace(policy, alpha=alpha, beta=beta)


def _judge(name: str, metric: MetricLooks, policy: CountPolicy) -> MetricVerdict:
    if metric.quantile is not None:
        histograms = cast("Sequence[HistogramLook]", metric.looks)
        before = cast("Sequence[HistogramLook]", metric.history)
        return judge_latency(
            histograms, metric.quantile, policy, name=name, history=before, test=metric.test
        )
    if metric.looks and isinstance(metric.looks[0], SeriesLook):
        values = cast("Sequence[SeriesLook]", metric.looks)
        earlier = cast("Sequence[SeriesLook]", metric.history)
        return judge_series_looks(values, policy, name=name, history=earlier)
    looks = cast("Sequence[Look]", metric.looks)
    history = cast("Sequence[Look]", metric.history)
    return judge_counts(looks, policy, name=name, history=history)


def _groups(metrics: Mapping[str, MetricLooks]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, metric in metrics.items():
        if not metric.policy.critical:
            groups.setdefault(metric.group, []).append(name)
    return groups


def _budgets(metrics: Mapping[str, MetricLooks], policy: JudgePolicy) -> dict[str, float]:
    """Each critical metric's and each group's share of alpha; together they are alpha."""
    critical = [name for name, metric in metrics.items() if metric.policy.critical]
    groups = _groups(metrics)
    share = 0.0 if not critical else policy.critical_share if groups else 1.0
    budgets = {name: policy.alpha * share / len(critical) for name in critical}
    clash = sorted(budgets.keys() & groups.keys())
    if clash:
        raise ValueError(f"group and critical metric of the same name: {', '.join(clash)}")
    budgets.update({name: policy.alpha * (1 - share) / len(groups) for name in groups})
    return budgets


def _average_peak(members: Sequence[MetricVerdict]) -> float:
    """The largest average evidence over the looks; an ended path keeps its last value."""
    longest = max(len(member.path) for member in members)
    peak = 1.0
    for look in range(longest):
        values = [
            member.path[min(look, len(member.path) - 1)] if member.path else 1.0
            for member in members
        ]
        peak = max(peak, sum(values) / len(values))
    return peak


def _combine(
    verdicts: Mapping[str, MetricVerdict],
    required: set[str],
    evidence: Mapping[str, float],
    members: Mapping[str, Sequence[str]],
    budgets: Mapping[str, float],
) -> tuple[Decision, Outcome, list[str]]:
    refused = [verdict for verdict in verdicts.values() if verdict.decision == "rollback"]
    together = [group for group, value in evidence.items() if value >= 1 / budgets[group]]
    if refused or together:
        reasons = [reason for verdict in refused for reason in verdict.reasons]
        reasons += [
            _group_reason(group, members[group], evidence[group], budgets[group])
            for group in together
            if not any(verdict.name in members[group] for verdict in refused)
        ]
        return "rollback", Outcome.FAIL, reasons
    missing = {
        name: verdict
        for name, verdict in verdicts.items()
        if verdict.outcome in (Outcome.ERROR, Outcome.NO_DATA)
    }
    optional = [f"{n} has no data and is not required" for n in missing if n not in required]
    lacking = [verdict for name, verdict in missing.items() if name in required]
    if lacking:
        outcome = max((verdict.outcome for verdict in lacking), key=SEVERITY.index)
        return "continue", outcome, [r for verdict in lacking for r in verdict.reasons] + optional
    present = [verdict for name, verdict in verdicts.items() if name not in missing]
    if not present:
        return "continue", Outcome.NO_DATA, ["no metric has data to judge by", *optional]
    reasons = [reason for verdict in present for reason in verdict.reasons] + optional
    if all(verdict.decision == "go" for verdict in present):
        return "go", Outcome.PASS, reasons
    return "continue", Outcome.INCONCLUSIVE, reasons


def _group_reason(group: str, names: Sequence[str], value: float, budget: float) -> str:
    return (
        f"group {group} ({', '.join(names)}): evidence of its metrics on average {odds(value)} "
        f"that the canary is worse; {odds(1 / budget)} is enough to roll back "
        f"(error budget {sentences.percent(budget)})"
    )
