"""An Argo Rollouts AnalysisTemplate as a ``judge:`` section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windlass.cli.judge_import.carried import Carried, entries, mapping, unique

_LIMITS = (
    "count",
    "failureLimit",
    "inconclusiveLimit",
    "consecutiveErrorLimit",
    "consecutiveSuccessLimit",
    "initialDelay",
)


def from_argo(template: Mapping[str, Any]) -> Carried:
    """The metrics of an AnalysisTemplate or ClusterAnalysisTemplate.

    A condition compares the canary with a constant; ours is compared with what runs beside it, so
    of a condition only the direction is carried over.
    """
    carried = Carried()
    spec = mapping(template.get("spec"))
    dry = {str(entry.get("metricName")) for entry in entries(spec.get("dryRun"))}
    metrics: dict[str, Any] = {}
    intervals: list[str] = []
    for metric in entries(spec.get("metrics")):
        name = unique(str(metric.get("name", "metric")), metrics)
        found = _metric(metric, name, carried)
        if found is not None:
            on_dry_run = str(metric.get("name")) in dry
            metrics[name] = {**found, "critical": False, "muted": True} if on_dry_run else found
        if metric.get("interval"):
            intervals.append(str(metric["interval"]))
    for argument in entries(spec.get("args")):
        carried.lose(f"args.{argument.get('name')}", "write its value into the queries")
    judge: dict[str, Any] = {}
    if intervals and set(intervals) == {intervals[0]}:
        judge["interval"] = _duration(intervals[0])
    elif intervals:
        carried.lose("interval", f"one for all metrics: {', '.join(sorted(set(intervals)))}")
    carried.sections["judge"] = {**judge, "metrics": metrics}
    return carried


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
    condition = metric.get("successCondition") or metric.get("failureCondition") or ""
    if condition:
        carried.lose(f"{name}: {condition}", "the canary is compared with the baseline instead")
    carried.lost.extend(
        f"{name}.{key}: {metric[key]}: the judge's error budgets take its place"
        for key in _LIMITS
        if metric.get(key) is not None
    )
    return {
        "series": " ".join(query.split()),
        "direction": _direction(metric),
        "critical": True,
    }


def _direction(metric: Mapping[str, Any]) -> str:
    """Which change is bad, from the comparison in the condition."""
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
