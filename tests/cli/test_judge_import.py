"""``windlass judge import``: what others' configurations become, and what is said to be lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from windlass.cli.judge_import import imported, main
from windlass.errors import InputError
from windlass.spec.judging import Judge
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


def test_an_analysis_template_keeps_queries_and_direction() -> None:
    carried = imported(ARGO)
    judge = Judge.model_validate(carried.sections["judge"])
    assert list(judge.metrics) == ["success-rate"]
    metric = judge.metrics["success-rate"]
    assert metric.direction == "decrease"
    assert metric.series is not None
    assert metric.series.startswith('sum(rate(ok{service="shop"}[5m])) / sum(')
    assert judge.interval.total_seconds() == 300
    lost = " ".join(carried.lost)
    for word in ("result[0] >= 0.95", "failureLimit", "address", "args.service", "job.provider"):
        assert word in lost


def test_an_analysis_on_dry_run_becomes_a_muted_metric() -> None:
    text = ARGO.replace("  metrics:", "  dryRun: [{metricName: success-rate}]\n  metrics:", 1)
    judge = Judge.model_validate(imported(text).sections["judge"])
    assert (judge.metrics["success-rate"].muted, judge.metrics["success-rate"].critical) == (
        True,
        False,
    )


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
