"""A Kayenta canary configuration as a ``judge:`` section with the score method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.cli.judge_import.carried import Carried, entries, mapping, slug, unique

_KNOWN_QUERY = ("type", "serviceType", "customInlineTemplate", "metricName")

_EFFECTS = {
    "measure": "measure",
    "allowedIncrease": "allowed_increase",
    "allowedDecrease": "allowed_decrease",
    "criticalIncrease": "critical_increase",
    "criticalDecrease": "critical_decrease",
}


def from_kayenta(config: Mapping[str, Any]) -> Carried:
    """Metrics, groups, weights and thresholds of a canary configuration."""
    carried = Carried()
    metrics: dict[str, Any] = {}
    for metric in entries(config.get("metrics")):
        name = unique(str(metric.get("name", "metric")), metrics)
        metrics[name] = _metric(metric, name, carried)
    classifier = mapping(config.get("classifier"))
    thresholds = mapping(classifier.get("scoreThresholds"))
    judge: dict[str, Any] = {"method": "score"}
    for ours, theirs in (("marginal", "marginal"), ("pass_score", "pass")):
        if thresholds.get(theirs) is not None:
            judge[ours] = float(thresholds[theirs])
        else:
            carried.lose(f"classifier.scoreThresholds.{theirs}", "not given; ours is the default")
    weights = mapping(classifier.get("groupWeights"))
    if weights:
        judge["group_weights"] = {slug(str(name)): float(w) for name, w in weights.items()}
    for name in mapping(config.get("templates")):
        carried.lose(f"templates.{name}", "write the query out in the metric")
    judge_name = mapping(config.get("judge")).get("name", "NetflixACAJudge-v1.0")
    if judge_name != "NetflixACAJudge-v1.0":
        carried.lose("judge.name", f"{judge_name} is not known")
    judge["metrics"] = metrics
    carried.sections["judge"] = judge
    return carried


def _metric(metric: Mapping[str, Any], name: str, carried: Carried) -> dict[str, Any]:
    query = mapping(metric.get("query"))
    inline = str(query.get("customInlineTemplate") or "")
    text = inline.partition(":")[2] if inline.startswith("PromQL:") else inline
    rules = mapping(mapping(metric.get("analysisConfigurations")).get("canary"))
    given: dict[str, Any] = {
        "series": text or str(query.get("metricName") or metric.get("name")),
        "direction": str(rules.get("direction", "either")),
        "critical": bool(rules.get("critical", False)),
        "must_have_data": bool(rules.get("mustHaveData", False)),
    }
    groups = metric.get("groups") or []
    if groups:
        given["group"] = slug(str(groups[0]))
    for group in groups[1:]:
        carried.lose(f"{name}.groups.{group}", "a metric has one group")
    for key in query:
        if key not in _KNOWN_QUERY and query[key]:
            carried.lose(f"{name}.query.{key}", "put it into the query")
    if rules.get("muted"):
        given |= {"muted": True, "critical": False}
    score = _score_rules(rules)
    return {**given, "score": score} if score else given


def _score_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """How the metric's points are compared; what is the default is not written."""
    found: dict[str, Any] = {}
    if rules.get("nanStrategy") == "replace":
        found["nan_strategy"] = "replace"
    outliers = mapping(rules.get("outliers"))
    if outliers.get("strategy") == "remove":
        found["outliers"] = "remove"
        if outliers.get("outlierFactor") is not None:
            found["outlier_factor"] = float(outliers["outlierFactor"])
    effect = {
        _EFFECTS[key]: value
        for key, value in mapping(rules.get("effectSize")).items()
        if key in _EFFECTS
    }
    if effect.get("measure") == "meanRatio":
        effect["measure"] = "mean_ratio"
    return {**found, "effect_size": effect} if effect else found
