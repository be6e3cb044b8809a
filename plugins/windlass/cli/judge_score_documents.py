"""JSON documents of the score and limits methods of ``windlass judge``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from windlass.cli.json_fields import (
    Document,
    finite,
    flag,
    mapping,
    needed,
    number,
    only,
    series,
    whole,
)
from windlass.decisions.judge.limits import Limits, Phase, judge_limits
from windlass.decisions.judge.score import (
    EffectSize,
    Label,
    Labelled,
    ScoreMetric,
    Thresholds,
    judge_score,
)
from windlass.errors import InputError

_ALWAYS = ("method", "name", "id")
_SCORED = ("metrics", "group_weights", "thresholds", "strict")
_LIMITED = ("metric", "measurements", "terminating")
_METRIC = (
    "name",
    "control",
    "experiment",
    "direction",
    "critical",
    "must_have_data",
    "muted",
    "groups",
    "nan_strategy",
    "outliers",
    "effect_size",
    "tolerance",
    "confidence",
    "label",
)
_EFFECT = (
    "measure",
    "allowed_increase",
    "allowed_decrease",
    "critical_increase",
    "critical_decrease",
)
_LIMITS = (
    "interval",
    "count",
    "failure_limit",
    "inconclusive_limit",
    "consecutive_error_limit",
    "consecutive_success_limit",
    "dry_run",
)


def score_answer(document: Document) -> dict[str, Any]:
    """The answer to a document of the score method."""
    only(document, (*_ALWAYS, *_SCORED), "")
    metrics = document.get("metrics")
    if not isinstance(metrics, Sequence) or isinstance(metrics, str):
        raise InputError("metrics: a list of metrics is needed")
    thresholds = mapping(document.get("thresholds"), "thresholds")
    only(thresholds, ("marginal", "pass"), "thresholds")
    weights = mapping(document.get("group_weights") or {}, "group_weights")
    verdict = judge_score(
        [_metric(metric, f"metrics[{place}]") for place, metric in enumerate(metrics)],
        Thresholds(
            needed(thresholds, "marginal", "thresholds"), needed(thresholds, "pass", "thresholds")
        ),
        {str(group): number(weight, f"group_weights.{group}") for group, weight in weights.items()},
        strict=flag(document, "strict", ""),
    )
    return {
        "outcome": verdict.outcome.value,
        "score": verdict.score,
        "metrics": [_labelled(metric) for metric in verdict.metrics],
        "reasons": list(verdict.reasons),
    }


def _labelled(metric: Labelled) -> dict[str, Any]:
    return {
        "name": metric.name,
        "label": metric.label.value,
        "critical_failure": metric.critical_failure,
        "deviation": finite(metric.deviation),
        "reasons": [*metric.reasons, *metric.warnings],
    }


def _metric(given: object, where: str) -> ScoreMetric:
    metric = mapping(given, where)
    only(metric, _METRIC, where)
    outliers = mapping(metric.get("outliers") or {}, f"{where}.outliers")
    only(outliers, ("strategy", "factor"), f"{where}.outliers")
    label = metric.get("label")
    if label is None and not ("control" in metric and "experiment" in metric):
        raise InputError(f"{where}: control and experiment, or a label, are needed")
    if label is not None and label not in set(Label):
        raise InputError(f"{where}.label: {label!r}; allowed: {', '.join(Label)}")
    numbers = {
        key: number(metric[key], f"{where}.{key}")
        for key in ("tolerance", "confidence")
        if metric.get(key) is not None
    }
    if outliers.get("factor") is not None:
        numbers["outlier_factor"] = number(outliers["factor"], f"{where}.outliers.factor")
    return ScoreMetric(
        name=str(metric.get("name", where)),
        control=series(metric.get("control", []), f"{where}.control"),
        experiment=series(metric.get("experiment", []), f"{where}.experiment"),
        direction=metric.get("direction") or "either",
        critical=flag(metric, "critical", where),
        must_have_data=flag(metric, "must_have_data", where),
        muted=flag(metric, "muted", where),
        groups=_groups(metric.get("groups"), where),
        nan_strategy=str(metric.get("nan_strategy") or "remove"),
        outliers=str(outliers.get("strategy") or "keep"),
        effect_size=_effect_size(metric.get("effect_size"), f"{where}.effect_size"),
        label=None if label is None else Label(label),
        **numbers,
    )


def _groups(given: object, where: str) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"{where}.groups: a list of names is needed")
    return tuple(str(group) for group in given)


def _effect_size(given: object, where: str) -> EffectSize:
    effect = mapping(given or {}, where)
    only(effect, _EFFECT, where)
    thresholds = {
        key: number(effect[key], f"{where}.{key}")
        for key in _EFFECT[1:]
        if effect.get(key) is not None
    }
    return EffectSize(str(effect.get("measure") or "mean_ratio"), **thresholds)


def limits_answer(document: Document) -> dict[str, Any]:
    """The answer to a document of the limits method."""
    only(document, (*_ALWAYS, *_LIMITED), "")
    metric = mapping(document.get("metric") or {}, "metric")
    only(metric, (*_LIMITS, "name"), "metric")
    read: dict[str, Callable[[Any, str], Any]] = {"interval": number}
    given = {
        key: read.get(key, whole)(metric[key], f"metric.{key}")
        for key in _LIMITS[:-1]
        if metric.get(key) is not None
    }
    limits = Limits(**given, dry_run=flag(metric, "dry_run", "metric"))
    measurements = document.get("measurements", [])
    if not isinstance(measurements, Sequence) or isinstance(measurements, str):
        raise InputError("measurements: a list of phases is needed")
    unknown = [phase for phase in measurements if phase not in set(Phase)]
    if unknown:
        raise InputError(f"measurements: {unknown[0]!r}; allowed: {', '.join(Phase)}")
    phases = [Phase(phase) for phase in measurements]
    verdict = judge_limits(limits, phases, terminating=flag(document, "terminating", ""))
    return {
        "outcome": verdict.outcome.value,
        "phase": verdict.phase.value,
        "reasons": [*verdict.reasons, *(f"warning: {text}" for text in limits.problems)],
    }
