"""Readers of test reports: what they say of good files, and that bad ones never pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.reports.by_format import FORMATS, read
from windlass.errors import InputError, TerminalError
from windlass.ports.test_reports import Finding, Findings, Performance, Severity, TestReport

JUNIT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="outer" tests="4" failures="1" errors="1" skipped="1">
  <testcase classname="cart" name="adds"/>
  <testcase classname="cart" name="removes"><failure message="no">trace</failure></testcase>
  <testcase classname="cart" name="breaks"><error message="boom"/></testcase>
  <testcase classname="cart" name="later"><skipped/></testcase>
  <testsuite name="inner" tests="1"><testcase name="nested"/></testsuite>
</testsuite></testsuites>"""

SARIF: dict[str, Any] = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "scan",
                    "rules": [
                        {"id": "sql", "properties": {"security-severity": "9.1"}},
                        {"id": "style", "defaultConfiguration": {"level": "note"}},
                    ],
                }
            },
            "results": [
                {
                    "ruleId": "sql",
                    "level": "warning",
                    "message": {"text": "SQL from input\n"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "shop.py"},
                                "region": {"startLine": 7},
                            }
                        }
                    ],
                },
                {"ruleIndex": 1, "message": {"text": "long line"}},
                {"ruleId": "eval", "level": "error", "message": {"text": "eval"}},
                {"ruleId": "other", "message": {"text": "no level at all"}},
                {"ruleId": "ok", "kind": "pass", "message": {"text": "fine"}},
                {
                    "ruleId": "sql",
                    "message": {"text": "known"},
                    "suppressions": [{"kind": "inSource"}],
                },
            ],
        }
    ],
}

AXE = {
    "url": "http://shop/",
    "violations": [
        {
            "id": "image-alt",
            "impact": "critical",
            "help": "Images must have alternative text",
            "nodes": [{"target": ["#a"]}, {"target": ["#b", "img"]}],
        },
        {"id": "region", "impact": "moderate", "help": "Landmarks", "nodes": []},
    ],
    "passes": [{"id": "html-lang", "nodes": []}],
    "incomplete": [{"id": "color-contrast", "impact": "serious"}],
}

K6 = {
    "metrics": {
        "http_reqs": {"type": "counter", "values": {"count": 800, "rate": 160.5}},
        "http_req_failed": {"type": "rate", "values": {"rate": 0.01, "passes": 8, "fails": 792}},
        "http_req_duration": {
            "type": "trend",
            "values": {"avg": 12.0, "med": 10.0, "p(90)": 20.0, "p(95)": 25.5},
        },
    }
}

LOCUST = (
    "Type,Name,Request Count,Failure Count,Requests/s,50%,95%,99%\n"
    "GET,/,90,0,9.0,10,20,30\n,Aggregated,100,2,10.0,11,22,33\n"
)
LOCUST_JSON = [
    {
        "name": "/",
        "num_requests": 99,
        "num_failures": 1,
        "start_time": 1000.0,
        "last_request_timestamp": 1009.0,
        "response_times": {"10": 90, "20": 9},
    },
    {
        "name": "/cart",
        "num_requests": 1,
        "num_failures": 0,
        "start_time": 1000.5,
        "last_request_timestamp": 1010.0,
        "response_times": {"500": 1},
    },
]


def dumped(document: object) -> bytes:
    return json.dumps(document).encode()


def test_junit_counts_cases_of_all_suites_and_names_what_failed() -> None:
    report = read("junit", JUNIT.encode(), "junit.xml")
    assert report == TestReport(5, 2, 1, ("cart::removes", "cart::breaks"))
    assert isinstance(report, TestReport)
    assert report.percent_passed == 50.0
    assert not report.green


def test_junit_of_a_single_suite_is_read_too() -> None:
    report = read("junit", b'<testsuite name="s"><testcase name="a"/></testsuite>', "j.xml")
    assert report == TestReport(1, 0, 0)
    assert isinstance(report, TestReport)
    assert report.green


def test_a_suite_that_broke_outside_of_its_cases_is_not_green() -> None:
    text = b'<testsuite name="s" errors="1"><testcase name="a"/></testsuite>'
    report = read("junit", text, "j.xml")
    assert isinstance(report, TestReport)
    assert report.failures == ("s: 1 outside any case",)
    assert not report.green


def test_what_pytest_itself_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n"
        "@pytest.mark.skip\ndef test_c(): pass\n"
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--junitxml=j.xml", "."]
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    report = read("junit", (tmp_path / "j.xml").read_bytes(), "j.xml")
    assert report == TestReport(3, 1, 1, ("test_it::test_b",))


def test_sarif_findings_have_the_severity_of_score_or_level() -> None:
    found = read("sarif", dumped(SARIF), "s.sarif")
    assert isinstance(found, Findings)
    assert found.items == (
        Finding("sql", Severity.CRITICAL, "SQL from input", "shop.py:7"),
        Finding("style", Severity.LOW, "long line"),
        Finding("eval", Severity.HIGH, "eval"),
        Finding("other", Severity.MEDIUM, "no level at all"),
    )
    assert found.worst is Severity.CRITICAL
    assert found.by_severity == {
        Severity.LOW: 1, Severity.MEDIUM: 1, Severity.HIGH: 1, Severity.CRITICAL: 1,
    }  # fmt: skip
    assert [item.rule for item in found.above(Severity.MEDIUM)] == ["sql", "eval"]
    assert found.checked == "scan"


def test_a_scan_that_ran_and_found_nothing_is_clean() -> None:
    found = read("sarif", dumped(changed(results=[])), "s.sarif")
    assert isinstance(found, Findings)
    assert (found.items, found.worst) == ((), Severity.NONE)


def test_axe_gives_a_finding_for_each_element() -> None:
    found = read("axe", dumped([AXE]), "axe.json")
    assert isinstance(found, Findings)
    assert [(item.rule, item.severity, item.where) for item in found.items] == [
        ("image-alt", Severity.CRITICAL, "http://shop/ #a"),
        ("image-alt", Severity.CRITICAL, "http://shop/ #b img"),
        ("region", Severity.MEDIUM, "http://shop/"),
    ]
    assert found.checked == "3 rules on 1 pages"
    assert read("axe", dumped(AXE), "axe.json") == found


@pytest.mark.parametrize("shape", ["summary", "export"])
def test_k6_figures_are_the_same_in_both_of_its_shapes(shape: str) -> None:
    document: Any = K6
    if shape == "export":
        flat = {metric: entry["values"] for metric, entry in K6["metrics"].items()}
        flat["http_req_failed"] = {"value": 0.01, "passes": 8, "fails": 792}
        document = {"metrics": flat}
    found = read("k6", dumped(document), "k6.json")
    assert isinstance(found, Performance)
    assert (found.requests, found.rps, found.error_rate) == (800, 160.5, 0.01)
    assert (found.p50, found.p95, found.p99) == (10.0, 25.5, None)
    assert found.figures["http_req_duration_p95"] == found.figures["p95"] == 25.5
    assert "p99" not in found.figures


def test_locust_csv_is_read_from_its_aggregated_row() -> None:
    found = read("locust", LOCUST.encode(), "l.csv")
    assert found == Performance(100, 10.0, 0.02, 11.0, 22.0, 33.0)


def test_locust_json_is_added_up_over_all_entries() -> None:
    found = read("locust", dumped(LOCUST_JSON), "l.json")
    assert found == Performance(100, 10.0, 0.01, 10.0, 20.0, 20.0)


def changed(**more: Any) -> dict[str, Any]:
    """:data:`SARIF` with its run changed."""
    return {**SARIF, "runs": [{**SARIF["runs"][0], **more}]}


BAD = [
    ("junit", b"", "not JUnit XML"),
    ("junit", b"<testsuites/>", "holds no test case"),
    ("junit", b"<html/>", "not JUnit XML"),
    ("junit", b'<testsuite errors="many"><testcase/></testsuite>', "errors is 'many'"),
    ("junit", b'<!DOCTYPE x [<!ENTITY a "b">]><testsuites/>', "document type"),
    ("sarif", b"{", "not JSON"),
    ("sarif", dumped({"version": "1.0.0", "runs": []}), "SARIF version '1.0.0'"),
    ("sarif", dumped({"version": "2.1.0", "runs": []}), "holds no run"),
    ("sarif", dumped(changed(results=None)), "did not scan"),
    ("sarif", dumped(changed(invocations=[{"executionSuccessful": False}])), "did not finish"),
    ("sarif", dumped(changed(tool={})), "tool.driver must be an object"),
    ("sarif", dumped(changed(results=[{"message": {}, "level": "fatal"}])), "level 'fatal'"),
    ("sarif", dumped([]), "the file must be an object"),
    ("axe", dumped([]), "holds no page"),
    ("axe", dumped({}), "violations of a page must be a list"),
    ("axe", dumped({"violations": [], "passes": []}), "no rule was checked"),
    ("axe", dumped({"violations": [{"id": "x", "impact": "huge"}]}), "impact 'huge'"),
    ("k6", dumped({"metrics": {}}), "metrics.http_reqs must be an object"),
    ("k6", dumped({"metrics": {**K6["metrics"], "http_reqs": {"count": 0}}}), "no request"),
    ("k6", dumped({"metrics": {**K6["metrics"], "http_req_failed": {}}}), "http_req_failed.rate"),
    ("locust", b"Name,Request Count\n/,1\n", "0 rows named Aggregated"),
    ("locust", LOCUST.replace("100,2", "0,0").encode(), "no request"),
    ("locust", LOCUST.replace("100,2", "100,x").encode(), "'Failure Count': 'x'"),
    ("locust", b"[]", "no request"),
    ("locust", b'{"a": 1}', "the file must be a list"),
]


@pytest.mark.parametrize("form, content, problem", BAD, ids=lambda value: str(value)[:30])
def test_a_report_that_is_wrong_or_empty_never_passes(
    form: str, content: bytes, problem: str
) -> None:
    with pytest.raises(TerminalError, match="report-file") as caught:
        read(form, content, "report-file")
    assert problem in str(caught.value)


def test_an_unknown_format_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'juint'; allowed: axe, junit.*did you mean 'junit'"):
        read("juint", b"", "x")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("content", [b"", b"null", b"[null]", b"[[]]", b"{}", b"\xff\xfe", b"<a>"])
def test_no_garbage_gets_through_or_breaks_a_reader(form: str, content: bytes) -> None:
    with pytest.raises(TerminalError):
        read(form, content, "garbage")
