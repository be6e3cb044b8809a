"""``windlass judge``: JSON Lines in, one verdict a line out."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from windlass.cli.judge import add_to, judge_lines, main
from windlass.errors import InputError

LOOK = {"baseline": {"requests": 900, "errors": 9}, "canary": {"requests": 100, "errors": 2}}
METRIC = {
    "name": "errors",
    "control": [1, 2, 3, None, 5],
    "experiment": [1, 2, 3, 4, 5],
    "direction": "increase",
    "critical": False,
    "must_have_data": False,
    "muted": False,
    "groups": ["g"],
    "nan_strategy": "remove",
    "outliers": {"strategy": "keep", "factor": 3.0},
    "effect_size": {
        "measure": "mean_ratio",
        "allowed_increase": 1.0,
        "allowed_decrease": 1.0,
        "critical_increase": 1.0,
        "critical_decrease": 1.0,
    },
    "tolerance": 0.25,
    "confidence": 0.98,
}
SCORE = {
    "method": "score",
    "metrics": [METRIC],
    "group_weights": {"g": 100},
    "thresholds": {"marginal": 75, "pass": 95},
}
SEQUENTIAL = {
    "method": "sequential",
    "looks": [LOOK] * 4,
    "alpha": 0.005,
    "beta": 0.05,
    "refuse_ratio": 2.0,
    "dispersion": 1.0,
}
PLANNED = {
    **{key: value for key, value in SEQUENTIAL.items() if key != "looks"},
    "method": "group_sequential",
    "planned_looks": 6,
    "looks": [LOOK] * 4,
}
LIMITS = {
    "method": "limits",
    "metric": {"interval": 60, "count": 5, "failure_limit": 0},
    "measurements": ["Successful", "Failed"],
    "terminating": False,
}


def answer(document: Any) -> dict[str, Any]:
    (line,) = judge_lines([json.dumps(document)])
    given = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert given["reasons"]
    return dict(given)


def test_a_score_document_is_answered_with_labels() -> None:
    given = answer(SCORE)
    assert (given["outcome"], given["score"]) == ("PASS", 100.0)
    (metric,) = given["metrics"]
    assert (metric["name"], metric["label"], metric["critical_failure"]) == (
        "errors",
        "Pass",
        False,
    )
    assert metric["deviation"] == pytest.approx(3 / 2.75)


def test_a_label_in_place_of_series_is_only_scored() -> None:
    metrics = [{"name": "a", "label": "High", "groups": ["g"]}, {"name": "b", "label": "Pass"}]
    given = answer({**SCORE, "metrics": metrics})
    assert (given["outcome"], given["score"]) == ("FAIL", 0.0)
    assert given["metrics"][0]["deviation"] is None


def test_a_sequential_document_is_answered_with_the_look_that_decided() -> None:
    bad = {**LOOK, "canary": {"requests": 100, "errors": 12}}
    given = answer({**SEQUENTIAL, "looks": [LOOK, bad, bad, LOOK]})
    assert (given["outcome"], given["decision"], given["look"]) == ("FAIL", "rollback", 2)
    assert given["e_value"] >= 200
    assert given["p_value"] <= 0.005
    undecided = answer({**SEQUENTIAL, "looks": [LOOK]})
    assert (undecided["outcome"], undecided["decision"]) == ("INCONCLUSIVE", "continue")


def test_the_steps_of_a_rollout_share_one_budget() -> None:
    bad = {**LOOK, "canary": {"requests": 100, "errors": 7}, "stage": 25}
    good = {**LOOK, "canary": {"requests": 100, "errors": 0}, "stage": 5}
    steps = [good, good, bad]
    alone = answer({**SEQUENTIAL, "looks": [bad]})
    third = answer({**SEQUENTIAL, "looks": steps, "stages": 3})
    assert 1 < third["e_value"] < alone["e_value"]
    refused = answer({**SEQUENTIAL, "looks": steps, "stages": 0})
    assert refused["outcome"] == "ERROR"
    assert refused["reasons"] == ["stages: 0 is not 1 or more"]


def test_a_window_of_known_length_is_judged_by_its_boundary() -> None:
    bad = {**LOOK, "canary": {"requests": 100, "errors": 8}}
    given = answer({**PLANNED, "looks": [LOOK, bad, bad, LOOK]})
    assert (given["outcome"], given["decision"], given["look"]) == ("FAIL", "rollback", 2)
    assert given["e_value"] >= 200
    assert "planned window, look 2 of 6" in given["reasons"][2]
    undecided = answer(PLANNED)
    assert (undecided["outcome"], undecided["decision"]) == ("INCONCLUSIVE", "continue")
    assert undecided["smallest_detectable_ratio"] > 1


def test_a_list_of_planned_looks_is_a_window_for_each_stage() -> None:
    first, second = {**LOOK, "stage": 5}, {**LOOK, "stage": 25}
    given = answer({**PLANNED, "planned_looks": [3, 8], "looks": [first] * 3 + [second] * 2})
    assert "planned window, look 2 of 8" in given["reasons"][2]


def test_figures_that_json_does_not_know_become_null() -> None:
    only = {"baseline": {"requests": 100, "errors": 0}, "canary": {"requests": 100, "errors": 3}}
    assert answer({**SEQUENTIAL, "looks": [only]})["ratio"] is None


def test_a_null_count_makes_its_look_fail() -> None:
    lost = {"baseline": {"requests": 900, "errors": None}, "canary": LOOK["canary"]}
    assert answer({**SEQUENTIAL, "looks": [LOOK, lost]})["outcome"] == "ERROR"


def test_series_are_judged_sequentially_too() -> None:
    given = answer({"method": "sequential", "control": [1] * 10, "experiment": [100] * 7 + [1] * 3})
    assert (given["outcome"], given["decision"]) == ("FAIL", "rollback")


def test_a_history_tells_how_much_looks_at_a_series_resemble_their_neighbours() -> None:
    slow = [10 + (at // 8) % 2 for at in range(48)]
    series = {
        "method": "sequential",
        "control": slow[:24],
        "experiment": [v + 2 for v in slow[:24]],
    }
    alone, measured = answer(series), answer({**series, "history": slow})
    assert measured["e_value"] < alone["e_value"]
    assert any("resemble their neighbours:" in reason for reason in measured["reasons"])
    wrong = answer({**series, "history": [LOOK]})
    assert "history[0]" in wrong["reasons"][0]


def latency(slow: int, **more: Any) -> dict[str, Any]:
    look = {
        "baseline": {"buckets": {"0.1": 950, "0.5": 995, "inf": 1000}},
        "canary": {"buckets": {"0.1": 1000 - slow, "0.5": 1000, "inf": 1000}},
    }
    return {"method": "sequential", "quantile": 0.95, "looks": [look] * 12, **more}


def test_a_latency_is_judged_from_its_buckets() -> None:
    assert answer(latency(50))["decision"] != "rollback"
    bad = answer(latency(120))
    assert (bad["outcome"], bad["decision"]) == ("FAIL", "rollback")
    assert "latency above 0.1 s: canary 12 %" in bad["reasons"][0]
    assert answer(latency(120, test="quantile"))["reasons"][1].startswith("more requests are slow")
    planned = answer(latency(120, method="group_sequential", planned_looks=12))
    assert any("planned window" in reason for reason in planned["reasons"])


def test_a_limits_document_is_answered_with_its_phase() -> None:
    given = answer(LIMITS)
    assert (given["outcome"], given["phase"]) == ("FAIL", "Failed")
    assert answer({**LIMITS, "metric": {}, "measurements": ["Error"] * 4})["phase"] == "Running"


@pytest.mark.parametrize(
    "document, said",
    [
        ([], "not a JSON object"),
        ({"method": "guess"}, "allowed: sequential, group_sequential, score, limits"),
        ({**PLANNED, "planned_looks": None}, "planned_looks is missing: how many looks the window"),
        ({**PLANNED, "planned_looks": 0}, "planned_looks: 0 is not 1 or more looks"),
        ({**PLANNED, "planned_looks": [3, 0]}, "planned_looks: [3, 0] is not 1 or more looks"),
        ({**PLANNED, "planned_looks": []}, "planned_looks: [] is not 1 or more looks"),
        ({**PLANNED, "planned_looks": [3, "8"]}, "planned_looks[1]: '8' is not a"),
        ({**PLANNED, "stages": 2}, "stages"),
        ({**PLANNED, "control": [1]}, "group_sequential judges looks at counts; use sequential"),
        ({**SEQUENTIAL, "alhpa": 1}, "did you mean alpha"),
        ({**SEQUENTIAL, "alpha": "1"}, "alpha: '1' is not a number"),
        ({**SEQUENTIAL, "alpha": 2}, "alpha: 2.0 is not between 0 and 1"),
        ({**SEQUENTIAL, "direction": "up"}, "allowed: increase, decrease, either"),
        ({**SEQUENTIAL, "looks": [{"canary": {"requests": 5}}]}, "looks[0].canary: errors is miss"),
        ({**SEQUENTIAL, "looks": 3}, "a list of looks"),
        (latency(50, test="mean"), "test: 'mean'; allowed: share, quantile"),
        (latency(50, quantile=95), "the 95th is 0.95"),
        ({**SEQUENTIAL, "test": "quantile"}, "test: it is of a latency; give the quantile, too"),
        (latency(0, looks=[{"canary": {"requests": 5}}]), "looks[0].canary: unknown"),
        (
            latency(0, looks=[{"canary": {"buckets": {"p95": 5}}}]),
            "looks[0].canary.buckets: a bound",
        ),
        (latency(0, looks=[{"canary": {"buckets": 3}}]), "looks[0].canary.buckets: an object"),
        ({**SCORE, "thresholds": {"pass": 95}}, "thresholds.marginal is missing"),
        ({**SCORE, "metrics": [{"name": "a"}]}, "or a label, are needed"),
        ({**SCORE, "metrics": [{**METRIC, "label": "Good"}]}, "allowed: Pass, High"),
        ({**SCORE, "metrics": [{**METRIC, "critical": "no"}]}, "is not true or false"),
        ({**SCORE, "metrics": [{**METRIC, "control": [1, True]}]}, "control[1]: True"),
        ({**LIMITS, "measurements": ["Good"]}, "'Good'; allowed: Pending"),
        ({**LIMITS, "metric": {"count": 1.5}}, "metric.count: 1.5 is not a whole number"),
    ],
)
def test_what_cannot_be_judged_is_an_error_that_says_where(document: Any, said: str) -> None:
    given = answer(document)
    assert given["outcome"] == "ERROR"
    assert said in given["reasons"][0]


@pytest.mark.parametrize("line", ["{", "[1,", "\x00", '{"method": "score"', "[" * 100_000])
def test_a_line_that_is_not_json_is_answered_and_the_next_is_judged(line: str) -> None:
    first, second = map(json.loads, judge_lines([line, "", json.dumps(LIMITS)]))
    assert first["outcome"] == "ERROR"
    assert second["phase"] == "Failed"


def test_an_id_comes_back() -> None:
    assert answer({**LIMITS, "id": 7})["id"] == 7


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 when every document was judged, 1 when one could not be, 2 without a file."""
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(json.dumps(SCORE) + "\n" + json.dumps(LIMITS) + "\n", encoding="utf-8")
    bad.write_text("{\n" + json.dumps(LIMITS) + "\n", encoding="utf-8")
    assert main(str(good)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(str(bad)) == 1
    said = capsys.readouterr()
    assert "1 of 2 documents not judged" in said.err
    assert json.loads(said.out.splitlines()[1])["phase"] == "Failed"
    assert main(str(tmp_path / "missing")) == 2


def test_standard_input_is_read_for_a_dash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(LIMITS) + "\n"))
    assert main("-") == 0
    assert json.loads(capsys.readouterr().out)["phase"] == "Failed"


def test_a_hundred_documents_of_sixty_looks_take_less_than_a_second_of_cpu() -> None:
    """A guard against slowness of another kind; the benchmark has the figure."""
    line = json.dumps({**SEQUENTIAL, "looks": [LOOK] * 60})
    took = []
    for _ in range(3):
        began = time.process_time()
        assert sum(1 for _ in judge_lines([line] * 50)) == 50
        took.append(time.process_time() - began)
    assert min(took) < 0.5


def test_the_command_judges_a_file_or_imports_one(tmp_path: Path) -> None:
    app = typer.Typer()
    add_to(app)
    documents, canary = tmp_path / "documents.jsonl", tmp_path / "canary.yaml"
    documents.write_text(json.dumps(LIMITS) + "\n", encoding="utf-8")
    canary.write_text("kind: Canary\nspec: {analysis: {stepWeights: [5, 50]}}", encoding="utf-8")
    judged = CliRunner().invoke(app, [str(documents)])
    assert (judged.exit_code, json.loads(judged.output)["phase"]) == (0, "Failed")
    brought = CliRunner().invoke(app, ["import", str(canary)])
    assert brought.exit_code == 0
    assert "steps:\n  - 5\n  - 50\n  - 100" in brought.output
    for wrong in (["import"], [str(documents), str(canary)]):
        assert isinstance(CliRunner().invoke(app, wrong).exception, InputError)
