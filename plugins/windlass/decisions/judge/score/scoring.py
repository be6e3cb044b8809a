"""From labels to a score: groups, weights, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from windlass.decisions.judge.score.metric import Label, Labelled

_COUNTED = (Label.PASS, Label.HIGH, Label.LOW, Label.NODATA_FAIL)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores from which a release is good (``passing``) and not yet bad (``marginal``)."""

    marginal: float
    passing: float

    def __post_init__(self) -> None:
        if not (isfinite(self.marginal) and isfinite(self.passing)):
            raise ValueError("thresholds: marginal and pass must be numbers")
        if self.marginal > self.passing:
            raise ValueError(
                f"thresholds: marginal {self.marginal:g} is above pass {self.passing:g}"
            )


@dataclass(frozen=True, slots=True)
class Score:
    """The summary score, its groups, and what made it what it is."""

    value: float
    groups: Mapping[str, float]
    reasons: tuple[str, ...]


def score(labelled: Sequence[Labelled], weights: Mapping[str, float]) -> Score:
    """Score labelled metrics, 0 to 100.

    Muted metrics are left out. A critical failure, or half of the metrics without data, makes it
    0. A group's score is the share of passes among passes and failures, 100 when it has neither;
    groups without a weight share what the weights leave of 100.
    """
    counted = [metric for metric in labelled if not metric.muted]
    groups = _groups(counted)
    critical = [metric.name for metric in counted if metric.critical_failure]
    if critical:
        return Score(0.0, groups, (f"critical failure of {', '.join(critical)}",))
    missing = sum(1 for metric in counted if metric.label is Label.NODATA)
    if counted and 2 * missing >= len(counted):
        return Score(0.0, groups, (f"{missing} of {len(counted)} metrics have no data",))
    unweighted = [name for name in groups if name not in weights]
    rest = (100 - sum(weights.values())) / len(unweighted) if unweighted else 0.0
    total = sum(value * weights.get(name, rest) / 100 for name, value in groups.items())
    reasons = [f"group {name}: {value:.4g}" for name, value in groups.items()]
    reasons += [
        f"group {name} has a weight and no metric: its {weight:g} are lost"
        for name, weight in weights.items()
        if name not in groups
    ]
    reasons += [
        f"warning: group {name} has no data and counts as 100"
        for name in groups
        if not any(m.label in _COUNTED for m in counted if name in m.groups)
    ]
    if counted and not groups:
        reasons.append("no metric is in a group, so that nothing is scored")
    return Score(round(total, 2), groups, tuple(reasons))


def _groups(labelled: Sequence[Labelled]) -> dict[str, float]:
    members: dict[str, list[Label]] = {}
    for metric in labelled:
        for group in metric.groups:
            members.setdefault(group, []).append(metric.label)
    return {name: _group_score(labels) for name, labels in members.items()}


def _group_score(labels: Sequence[Label]) -> float:
    counted = [label for label in labels if label in _COUNTED]
    if not counted:
        return 100.0
    return 100.0 * sum(1 for label in counted if label is Label.PASS) / len(counted)
