"""A Flagger Canary as ``rollout:`` and ``judge:`` sections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windlass.cli.judge_import.carried import Carried, entries, mapping, unique

_MINUTES = {"s": 1 / 60, "m": 1.0, "h": 60.0}


def from_flagger(canary: Mapping[str, Any]) -> Carried:
    """Weights as steps, built-in metrics as metrics."""
    carried = Carried()
    spec = mapping(canary.get("spec"))
    analysis = mapping(spec.get("analysis") or spec.get("canaryAnalysis"))
    carried.sections["rollout"] = _rollout(analysis, carried)
    metrics: dict[str, Any] = {}
    for metric in entries(analysis.get("metrics")):
        name = unique(str(metric.get("name", "metric")), metrics)
        found = _metric(metric, name, carried)
        if found is not None:
            metrics[name] = found
    carried.sections["judge"] = {"metrics": metrics}
    if analysis.get("threshold") is not None:
        carried.lose("threshold", "the judge's error budgets take the place of failed checks")
    for hook in entries(analysis.get("webhooks")):
        carried.lose(f"webhooks.{hook.get('name')}", f"{hook.get('type', 'rollout')} hook")
    for key in ("match", "iterations", "mirror", "sessionAffinity", "alerts"):
        if analysis.get(key) is not None:
            carried.lose(key, "no counterpart")
    return carried


def _rollout(analysis: Mapping[str, Any], carried: Carried) -> dict[str, Any]:
    weights = analysis.get("stepWeights")
    if isinstance(weights, list) and weights:
        steps = [int(weight) for weight in weights]
    else:
        step = int(analysis.get("stepWeight") or 10)
        steps = list(range(step, int(analysis.get("maxWeight") or 100) + 1, step))
    steps = [weight for weight in dict.fromkeys(steps) if 0 < weight < 100] + [100]
    rollout: dict[str, Any] = {"steps": steps}
    found = re.fullmatch(r"(\d+)([smh])", str(analysis.get("interval", "1m")))
    if found:
        minutes = int(found.group(1)) * _MINUTES[found.group(2)]
        rollout["bake"] = {"minutes": round(minutes, 2) if minutes % 1 else int(minutes)}
    else:
        carried.lose("interval", f"{analysis.get('interval')} is not understood")
    return rollout


def _metric(metric: Mapping[str, Any], name: str, carried: Carried) -> dict[str, Any] | None:
    limits = mapping(metric.get("thresholdRange"))
    limit = limits or metric.get("threshold")
    if limit:
        shown = ", ".join(f"{key} {value}" for key, value in limits.items()) or str(limit)
        carried.lose(f"{name}: {shown}", "the canary is compared with the baseline instead")
    kind = str(metric.get("name", ""))
    if kind == "request-success-rate":
        carried.lose(name, "name your own counters of failed and of all requests")
        return {"count": "http_errors_total", "of": "http_requests_total", "critical": True}
    if kind == "request-duration":
        carried.lose(name, "name your own histogram of seconds")
        return {"histogram": "http_request_seconds", "quantile": 0.99}
    query = metric.get("query")
    if isinstance(query, str):
        direction = "decrease" if "min" in limits else "increase"
        return {"series": " ".join(query.split()), "direction": direction}
    reference = mapping(metric.get("templateRef")).get("name")
    carried.lose(f"{name}.templateRef", f"write the query of {reference} out in the metric")
    return None
