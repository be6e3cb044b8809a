"""``windlass judge import``: what others' configurations become, and what is said to be lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from windlass.cli.judge_import import imported, main
from windlass.cli.judge_import.conditions import bounds_of
from windlass.errors import InputError
from windlass.spec.judging import Bounds, Judge
from windlass.spec.rollout import Rollout

KAYENTA = json.dumps(
    {
        "name": "shop",
        "judge": {"name": "NetflixACAJudge-v1.0"},
        "metrics": [
            {
                "name": "Error Rate",
                "query": {
                    "type": "prometheus",
                    "customInlineTemplate": "PromQL:sum(rate(errors[1m]))",
                    "labelBindings": ["app=shop"],
                },
                "groups": ["Errors", "All"],
                "analysisConfigurations": {
                    "canary": {
                        "direction": "increase",
                        "critical": True,
                        "nanStrategy": "replace",
                        "outliers": {"strategy": "remove", "outlierFactor": 2.5},
                        "effectSize": {"measure": "meanRatio", "allowedIncrease": 1.2},
                    }
                },
            },
            {
                "name": "cpu",
                "query": {"metricName": "cpu_seconds"},
                "groups": ["System"],
                "analysisConfigurations": {"canary": {"critical": True, "muted": True}},
            },
        ],
        "classifier": {
            "groupWeights": {"Errors": 60, "System": 40},
            "scoreThresholds": {"pass": 90, "marginal": 70},
        },
    }
)
ARGO = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  args: [{name: service}]
  metrics:
    - name: success-rate
      interval: 5m
      failureLimit: 3
      successCondition: result[0] >= 0.95
      provider:
        prometheus:
          address: http://prometheus:9090
          query: |
            sum(rate(ok{service="shop"}[5m])) /
            sum(rate(all{service="shop"}[5m]))
    - name: job
      provider: {job: {spec: {}}}
"""
FLAGGER = """
apiVersion: flagger.app/v1beta1
kind: Canary
spec:
  analysis:
    interval: 90s
    threshold: 5
    stepWeight: 20
    maxWeight: 50
    metrics:
      - {name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}
      - {name: request-duration, thresholdRange: {max: 500}}
      - {name: lag, templateRef: {name: kafka-lag}}
    webhooks: [{name: load, type: rollout, url: "http://x"}]
"""


def test_a_kayenta_configuration_keeps_groups_weights_and_thresholds() -> None:
    carried = imported(KAYENTA)
    judge = Judge.model_validate(carried.sections["judge"])
    assert judge.method == "score"
    assert (judge.marginal, judge.pass_score) == (70, 90)
    assert judge.group_weights == {"errors": 60, "system": 40}
    metric = judge.metrics["error-rate"]
    assert metric.series == "sum(rate(errors[1m]))"
    assert (metric.direction, metric.critical, metric.group) == ("increase", True, "errors")
    lost = " ".join(carried.lost)
    for word in ("groups.All", "labelBindings"):
        assert word in lost
    assert metric.score is not None
    assert metric.score.nan_strategy == "replace"
    assert (metric.score.outliers, metric.score.outlier_factor) == ("remove", 2.5)
    assert metric.score.effect_size.measure == "mean_ratio"
    assert metric.score.effect_size.allowed_increase == 1.2
    assert judge.metrics["cpu"].score is None
    assert (judge.metrics["cpu"].muted, judge.metrics["cpu"].critical) == (True, False)


def test_an_analysis_template_keeps_queries_conditions_and_limits() -> None:
    carried = imported(ARGO)
    judge = Judge.model_validate(carried.sections["judge"])
    assert judge.method == "limits"
    assert list(judge.metrics) == ["success-rate"]
    metric = judge.metrics["success-rate"]
    assert metric.direction == "decrease"
    assert metric.series is not None
    assert metric.series.startswith('sum(rate(ok{service="shop"}[5m])) / sum(')
    assert judge.interval.total_seconds() == 300
    assert metric.limits is not None
    assert metric.limits.success == Bounds(at_least=0.95)
    assert (metric.limits.failure, metric.limits.failure_limit) == (None, 3)
    assert metric.limits.consecutive_error_limit == 4
    lost = " ".join(carried.lost)
    for word in ("address", "args.service", "job.provider"):
        assert word in lost
    assert "failureLimit" not in lost


def test_an_analysis_keeps_all_of_its_limits() -> None:
    more = (
        "failureLimit: 3\n      count: 10\n      inconclusiveLimit: 2\n      initialDelay: 1m\n"
        '      consecutiveErrorLimit: "5"\n      consecutiveSuccessLimit: "{{args.enough}}"\n'
        "      failureCondition: result[0] < 0.9 || result[0] > 1"
    )
    carried = imported(ARGO.replace("failureLimit: 3", more))
    limits = Judge.model_validate(carried.sections["judge"]).metrics["success-rate"].limits
    assert limits is not None
    assert (limits.count, limits.failure_limit, limits.inconclusive_limit) == (10, 3, 2)
    assert (limits.consecutive_error_limit, limits.consecutive_success_limit) == (5, 0)
    assert limits.failure == Bounds(below=0.9, above=1)
    lost = " ".join(carried.lost)
    assert "consecutiveSuccessLimit: {{args.enough}}: it is no number" in lost
    assert "success-rate.initialDelay" in lost


@pytest.mark.parametrize(
    "condition, wanted",
    [
        ("result < 1", {"below": 1}),
        ("result[0]<=0.05", {"at_most": 0.05}),
        ("0.95 <= result[0]", {"at_least": 0.95}),
        ("result[0] > 1e-3 && result[0] < 10", {"above": 0.001, "below": 10}),
        ("result[0] > 1 || result[0] < 10", None),
        ("result[0] >= 1 && result[0] > 2", None),
        ("result[0] < 1 && result[0] < 2", None),
        ("len(result) == 0 || result[0] < 5", None),
        ("result[0] == 1", None),
        ("result[1] < 5", None),
        ("result[0] < {{args.limit}}", None),
        ("!(result[0] > 5)", None),
        ("default(result, 0) < 5", None),
        ("result < result", None),
        ("5 < 6", None),
        ("", None),
    ],
)
def test_only_comparisons_with_numbers_are_carried_over(
    condition: str, wanted: dict[str, float] | None
) -> None:
    assert bounds_of(condition, joined_by="&&") == wanted


@pytest.mark.parametrize(
    "condition",
    [
        "successCondition: len(result) == 0 || result[0] < 5",
        "successCondition: result[0] < 5\n      failureCondition: isNaN(result[0])",
        "inconclusiveLimit: 1",
    ],
)
def test_a_metric_whose_condition_is_not_understood_whole_is_muted_and_told(
    condition: str,
) -> None:
    """Half of a condition would let through what the whole one stops."""
    text = ARGO.replace("successCondition: result[0] >= 0.95", condition)
    carried = imported(text)
    metric = Judge.model_validate(carried.sections["judge"]).metrics["success-rate"]
    assert metric.muted
    assert metric.limits is None
    (told,) = [line for line in carried.lost if "muted until you write its limits" in line]
    assert told.startswith("success-rate")


@pytest.mark.parametrize("pattern", ["success-rate", "success-.*", "rate$"])
def test_an_analysis_on_dry_run_becomes_a_muted_metric_with_its_limits(pattern: str) -> None:
    text = ARGO.replace("  metrics:", f"  dryRun: [{{metricName: '{pattern}'}}]\n  metrics:", 1)
    metric = Judge.model_validate(imported(text).sections["judge"]).metrics["success-rate"]
    assert (metric.muted, metric.critical) == (True, False)
    assert metric.limits is not None


def test_a_flagger_canary_becomes_steps_and_metrics() -> None:
    carried = imported("---\nkind: Service\n---\n" + FLAGGER)
    rollout = Rollout.model_validate(carried.sections["rollout"])
    assert list(rollout.steps) == [20, 40, 100]
    judge = Judge.model_validate(carried.sections["judge"])
    assert [judge.metrics[name].kind for name in judge.metrics] == ["ratio", "histogram"]
    lost = " ".join(carried.lost)
    for word in ("min 99", "max 500", "kafka-lag", "webhooks.load", "threshold"):
        assert word in lost


def test_the_output_is_yaml_with_what_is_lost_as_comments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kayenta.json"
    file.write_text(KAYENTA, encoding="utf-8")
    assert main(str(file)) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Not carried over:\n# - ")
    assert yaml.safe_load(said) == imported(KAYENTA).sections


@pytest.mark.parametrize("text", ["", "a: b", "kind: Rollout", "[1, 2]", "{"])
def test_anything_else_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError):
        imported(text)
    file = tmp_path / "other"
    file.write_text(text, encoding="utf-8")
    assert main(str(file)) == 2
    assert "windlass judge import" in capsys.readouterr().err
    assert main(str(tmp_path / "missing")) == 2
