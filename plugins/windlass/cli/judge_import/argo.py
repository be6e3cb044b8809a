"""An Argo Rollouts AnalysisTemplate as a ``judge:`` section by method limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windlass.cli.judge_import.carried import Carried, entries, mapping, unique
from windlass.cli.judge_import.conditions import bounds_of

_LIMITS = {
    "count": "count",
    "failureLimit": "failure_limit",
    "inconclusiveLimit": "inconclusive_limit",
    "consecutiveErrorLimit": "consecutive_error_limit",
    "consecutiveSuccessLimit": "consecutive_success_limit",
}


def from_argo(template: Mapping[str, Any]) -> Carried:
    """The metrics of an AnalysisTemplate or ClusterAnalysisTemplate, with conditions and limits.

    A metric whose condition is more than comparisons with numbers is muted: what it would decide
    by is then missing, and half of a condition would let through what the whole one stops.
    """
    carried = Carried()
    spec = mapping(template.get("spec"))
    dry = [str(entry.get("metricName")) for entry in entries(spec.get("dryRun"))]
    metrics: dict[str, Any] = {}
    intervals: list[str] = []
    for metric in entries(spec.get("metrics")):
        name = unique(str(metric.get("name", "metric")), metrics)
        found = _metric(metric, name, carried)
        if found is not None:
            on_dry_run = any(_names(pattern, str(metric.get("name"))) for pattern in dry)
            metrics[name] = {**found, "muted": True} if on_dry_run else found
        if metric.get("interval"):
            intervals.append(str(metric["interval"]))
    for argument in entries(spec.get("args")):
        carried.lose(f"args.{argument.get('name')}", "write its value into the queries")
    judge: dict[str, Any] = {"method": "limits"}
    if intervals and set(intervals) == {intervals[0]}:
        judge["interval"] = _duration(intervals[0])
    elif intervals:
        carried.lose("interval", f"one for all metrics: {', '.join(sorted(set(intervals)))}")
    carried.sections["judge"] = {**judge, "metrics": metrics}
    return carried


def _names(pattern: str, name: str) -> bool:
    """Whether a dry run means the metric: Argo's names are patterns."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return pattern == name


def _metric(metric: Mapping[str, Any], name: str, carried: Carried) -> dict[str, Any] | None:
    provider = mapping(metric.get("provider"))
    kind = next(iter(provider), "none")
    settings = mapping(provider.get(kind))
    query = settings.get("query")
    if not isinstance(query, str):
        carried.lose(f"{name}.provider.{kind}", "it has no query that can be read")
        return None
    if settings.get("address"):
        carried.lose(f"{name}.provider.{kind}.address", "it belongs to the connection")
    if metric.get("initialDelay"):
        carried.lose(f"{name}.initialDelay", "a step's first look comes when its bake begins")
    found = {"series": " ".join(query.split()), "direction": _direction(metric)}
    conditions = _conditions(metric, name, carried)
    if conditions is None:
        return {**found, "muted": True}
    return {**found, "limits": {**conditions, **_limits(metric, name, carried)}}


def _conditions(
    metric: Mapping[str, Any], name: str, carried: Carried
) -> dict[str, dict[str, float]] | None:
    """Success and failure as bounds; ``None`` when one of them cannot be carried over whole."""
    found, whole = {}, True
    for word, joined_by in (("success", "&&"), ("failure", "||")):
        condition = str(metric.get(f"{word}Condition") or "").strip()
        if not condition:
            continue
        bounds = bounds_of(condition, joined_by=joined_by)
        if bounds is None:
            carried.lose(
                f"{name}.{word}Condition: {condition}",
                "only comparisons of result with a number are; muted until you write its limits",
            )
            whole = False
        else:
            found[word] = bounds
    if whole and not found:
        carried.lose(f"{name}", "it has no condition; muted until you write its limits")
    return found if found and whole else None


def _limits(metric: Mapping[str, Any], name: str, carried: Carried) -> dict[str, int]:
    found = {}
    for theirs, ours in _LIMITS.items():
        given = metric.get(theirs)
        if given is None:
            continue
        if re.fullmatch(r"-?\d+", str(given)):
            found[ours] = int(given)
        else:
            carried.lose(f"{name}.{theirs}: {given}", f"it is no number; write {ours}")
    return found


def _direction(metric: Mapping[str, Any]) -> str:
    """Which change is bad, from the comparison in the condition: what other methods go by."""
    good = str(metric.get("successCondition") or "")
    bad = str(metric.get("failureCondition") or "")
    if re.search(r"<", good) or (not good and re.search(r">", bad)):
        return "increase"
    if re.search(r">", good) or (not good and re.search(r"<", bad)):
        return "decrease"
    return "either"


def _duration(text: str) -> str:
    """``5m`` as ``5 min``."""
    units = {"s": "s", "m": "min", "h": "h"}
    found = re.fullmatch(r"(\d+)([smh])", text)
    return f"{found.group(1)} {units[found.group(2)]}" if found else text
