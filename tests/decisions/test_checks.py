"""Reports under a policy: each check seen green, seen red, and seen with nothing to tell."""

from __future__ import annotations

import math

import pytest

from windlass.decisions.checks import (
    Bound,
    weigh_exit_code,
    weigh_findings,
    weigh_performance,
    weigh_survey,
    weigh_tests,
)
from windlass.decisions.verdict import Outcome, Verdict

PASS, FAIL, NO_DATA = Outcome.PASS, Outcome.FAIL, Outcome.NO_DATA
ERROR, UNCLEAR = Outcome.ERROR, Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    "total, failed, skipped, failures, passing, least, outcome",
    [
        (10, 0, 0, (), 100, 1, PASS),
        (10, 1, 0, ("a",), 100, 1, FAIL),
        (10, 1, 0, ("a",), 90, 1, PASS),
        (10, 1, 0, ("a",), 90.1, 1, FAIL),
        (10, 1, 5, ("a",), 90, 1, FAIL),
        (0, 0, 0, (), 0, 1, NO_DATA),
        (0, 0, 0, (), 0, 0, NO_DATA),
        (10, 0, 10, (), 0, 1, NO_DATA),
        (10, 0, 0, (), 100, 11, NO_DATA),
        (10, 0, 0, ("setup of the suite",), 0, 1, FAIL),
    ],
)
def test_a_test_report_is_weighed_and_an_empty_one_never_passes(
    total: int,
    failed: int,
    skipped: int,
    failures: tuple[str, ...],
    passing: float,
    least: int,
    outcome: Outcome,
) -> None:
    verdict = weigh_tests(
        total=total,
        failed=failed,
        skipped=skipped,
        failures=failures,
        passing=passing,
        least=least,
    )
    assert verdict.outcome is outcome
    assert verdict.figures["total"] == total


def test_failures_are_named_but_not_all_of_them() -> None:
    names = [f"t{n}" for n in range(8)]
    verdict = weigh_tests(total=9, failed=8, skipped=0, failures=names, passing=100)
    assert verdict.reasons[0] == "8 of 9 tests failed: t0, t1, t2, t3, t4 and 3 more"


GREEN, RED = Verdict(PASS, ("fine",)), Verdict(FAIL, ("bad",))


@pytest.mark.parametrize(
    "code, report, failed, outcome",
    [
        (0, None, 0, PASS),
        (1, None, 0, FAIL),
        (None, None, 0, ERROR),
        (None, GREEN, 0, ERROR),
        (0, GREEN, 0, PASS),
        (1, GREEN, 1, PASS),
        (1, GREEN, 0, FAIL),
        (0, RED, 3, FAIL),
        (1, RED, 3, FAIL),
    ],
)
def test_an_exit_code_is_weighed_beside_the_report(
    code: int | None, report: Verdict | None, failed: int, outcome: Outcome
) -> None:
    assert weigh_exit_code(code, with_report=report, failed=failed).outcome is outcome


@pytest.mark.parametrize(
    "found, most, checked, outcome",
    [
        ({}, "none", "semgrep", PASS),
        ({}, "critical", "", NO_DATA),
        ({"low": 1}, "none", "semgrep", FAIL),
        ({"medium": 3}, "medium", "semgrep", PASS),
        ({"high": 1}, "medium", "semgrep", FAIL),
        ({"high": 0}, "medium", "semgrep", PASS),
        ({"critical": 1}, "high", "semgrep", FAIL),
        ({"critical": 1}, "critical", "semgrep", PASS),
        ({"catastrophic": 1}, "critical", "semgrep", FAIL),
    ],
)
def test_findings_are_weighed_by_the_worst_severity_let_through(
    found: dict[str, int], most: str, checked: str, outcome: Outcome
) -> None:
    assert weigh_findings(found, max_severity=most, checked=checked).outcome is outcome


def test_the_worst_findings_are_named() -> None:
    verdict = weigh_findings(
        {"high": 1}, max_severity="low", checked="semgrep", worst=["sqli in pay.py:7"]
    )
    assert verdict.reasons == ("1 high; allowed: at most low", "sqli in pay.py:7")


P95 = {"p95": Bound(at_most=200)}
SAME = {"p95": Bound(worse_by=10)}


@pytest.mark.parametrize(
    "figures, bounds, last, outcome",
    [
        ({"requests": 9, "p95": 200}, P95, None, PASS),
        ({"requests": 9, "p95": 201}, P95, None, FAIL),
        ({"requests": 0, "p95": 1}, P95, None, NO_DATA),
        ({"p95": 1}, P95, None, NO_DATA),
        ({}, {}, None, NO_DATA),
        ({"requests": 9}, P95, None, NO_DATA),
        ({"requests": 9, "p95": math.nan}, P95, None, NO_DATA),
        ({"requests": 9, "p95": math.inf}, P95, None, NO_DATA),
        ({"requests": 9, "p95": 1}, {}, None, UNCLEAR),
        ({"requests": 9, "p95": 110}, SAME, {"p95": 100}, PASS),
        ({"requests": 9, "p95": 111}, SAME, {"p95": 100}, FAIL),
        ({"requests": 9, "p95": 50}, SAME, {"p95": 100}, PASS),
        ({"requests": 9, "p95": 999}, SAME, None, PASS),
        ({"requests": 9, "p95": 999}, SAME, {}, PASS),
        ({"requests": 9, "p95": 999}, SAME, {"p95": math.nan}, PASS),
        (
            {"requests": 9, "error_rate": 0},
            {"error_rate": Bound(worse_by=0)},
            {"error_rate": 0},
            PASS,
        ),
        (
            {"requests": 9, "error_rate": 1},
            {"error_rate": Bound(worse_by=9)},
            {"error_rate": 0},
            FAIL,
        ),
        ({"requests": 9, "rps": 80}, {"rps": Bound(at_least=90)}, None, FAIL),
        ({"requests": 9, "rps": 80}, {"rps": Bound(worse_by=10)}, {"rps": 100}, FAIL),
        ({"requests": 9, "rps": 120}, {"rps": Bound(worse_by=10)}, {"rps": 100}, PASS),
        (
            {"requests": 9, "score": 80},
            {"score": Bound(at_least=1, worse_by=5)},
            {"score": 90},
            FAIL,
        ),
    ],
)
def test_performance_is_weighed_against_targets_and_the_last_release(
    figures: dict[str, float],
    bounds: dict[str, Bound],
    last: dict[str, float] | None,
    outcome: Outcome,
) -> None:
    assert weigh_performance(figures, bounds, last).outcome is outcome


def test_what_could_not_be_compared_is_said() -> None:
    verdict = weigh_performance({"requests": 9, "p95": 5}, SAME)
    assert verdict.reasons[1] == "p95: no last release to compare with"


@pytest.mark.parametrize(
    "scores, least, target, outcome",
    [
        ([], 0, 1, NO_DATA),
        ([5], 2, 3.5, NO_DATA),
        ([4, 3], 2, 3.5, PASS),
        ([4, 2], 2, 3.5, FAIL),
    ],
)
def test_a_survey_needs_answers_and_a_mean(
    scores: list[int], least: int, target: float, outcome: Outcome
) -> None:
    assert weigh_survey(scores, least=least, target=target).outcome is outcome
