"""The score method: labels, score and thresholds as one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.decisions.judge.score.label import label_metric
from windlass.decisions.judge.score.metric import Label, Labelled, ScoreMetric
from windlass.decisions.judge.score.scoring import Thresholds, score
from windlass.decisions.verdict import Outcome, Verdict

_UNSURE = (Label.NODATA, Label.NODATA_FAIL, Label.ERROR)


@dataclass(frozen=True, slots=True)
class ScoreVerdict:
    """What the score method answers.

    Attributes:
        outcome: ``PASS``, ``MARGINAL`` or ``FAIL`` by the thresholds; ``NO_DATA`` when there is
            nothing to score; in strict mode also ``ERROR``.
        score: 0 to 100, rounded to two decimals.
        metrics: every metric with its label, muted ones too.
        groups: the score of each group.
        reasons: never empty.
    """

    outcome: Outcome
    score: float
    metrics: tuple[Labelled, ...]
    groups: Mapping[str, float]
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The same as the verdict every decision gives."""
        return Verdict(self.outcome, self.reasons, {"score": self.score})


def judge_score(
    metrics: Sequence[ScoreMetric],
    thresholds: Thresholds,
    weights: Mapping[str, float] | None = None,
    *,
    strict: bool = False,
) -> ScoreVerdict:
    """Judge series by Kayenta's pipeline, deterministically.

    Args:
        metrics: the metrics.
        thresholds: when the score is good, and when it is bad.
        weights: of groups, in percent.
        strict: fail closed where Kayenta fails open: missing data, a metric that could not be
            compared, and a large change without significance then never pass.
    """
    labelled = tuple(label_metric(metric) for metric in metrics)
    scored = score(labelled, weights or {})
    counted = [metric for metric in labelled if not metric.muted]
    failing = [
        reason
        for metric in counted
        if metric.label is not Label.PASS
        for reason in (f"{metric.name} is {metric.label}", *metric.reasons)
    ]
    warnings = [f"warning: {text}" for metric in counted for text in metric.warnings]
    outcome, why = _outcome(scored.value, thresholds)
    if not counted:
        outcome, why = Outcome.NO_DATA, "there is no metric to score"
    elif strict and outcome is not Outcome.FAIL:
        outcome, why = _strictly(counted, outcome, why)
    reasons = (why, *scored.reasons, *failing, *warnings)
    return ScoreVerdict(outcome, scored.value, labelled, scored.groups, reasons)


def _outcome(value: float, thresholds: Thresholds) -> tuple[Outcome, str]:
    if value >= thresholds.passing:
        return Outcome.PASS, f"score {value:g} reaches {thresholds.passing:g}"
    if value >= thresholds.marginal:
        return Outcome.MARGINAL, f"score {value:g} reaches {thresholds.marginal:g} only"
    return Outcome.FAIL, f"score {value:g} is below {thresholds.marginal:g}"


def _strictly(counted: Sequence[Labelled], outcome: Outcome, why: str) -> tuple[Outcome, str]:
    """The outcome where nothing is let pass for want of data or of significance."""
    errors = [metric.name for metric in counted if metric.label is Label.ERROR]
    if errors:
        return Outcome.ERROR, f"strict: {', '.join(errors)} could not be compared"
    missing = [metric.name for metric in counted if metric.label in _UNSURE]
    missing += [
        metric.name for metric in counted if any("without data" in text for text in metric.warnings)
    ]
    if missing:
        return Outcome.NO_DATA, f"strict: {', '.join(missing)} has no data"
    quiet = [
        metric.name
        for metric in counted
        if any("without significance" in text for text in metric.warnings)
    ]
    if quiet:
        return Outcome.FAIL, f"strict: {', '.join(quiet)} changed a lot, if not significantly"
    return outcome, why
