"""The limits method, by Argo Rollouts' rules."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest

from windlass.decisions.judge.limits import Limits, Phase, judge_limits, measure, run_phase

S, F, I, E, R = (  # noqa: E741 - the initials of the phases
    Phase.SUCCESSFUL,
    Phase.FAILED,
    Phase.INCONCLUSIVE,
    Phase.ERROR,
    Phase.RUNNING,
)
FIVE: dict[str, Any] = {"interval": 60, "count": 5}


@pytest.mark.parametrize(
    "limits, measurements, terminating, phase",
    [
        (FIVE, [], False, Phase.PENDING),
        (FIVE, [], True, S),
        (FIVE, [S] * 4, False, R),
        (FIVE, [S] * 4, True, S),
        (FIVE, [S] * 4 + [R], True, R),
        (FIVE, [S] * 5, False, S),
        (FIVE, [S, F], False, F),
        ({**FIVE, "failure_limit": 1}, [S, F], False, R),
        ({**FIVE, "failure_limit": 1}, [F, S, F], False, F),
        ({**FIVE, "failure_limit": 1}, [F, S, S, S, S], False, S),
        ({**FIVE, "failure_limit": -1}, [F] * 5, False, S),
        (FIVE, [I], False, I),
        ({**FIVE, "inconclusive_limit": 2}, [I, I, S], False, R),
        ({**FIVE, "inconclusive_limit": 2}, [I, I, I], False, I),
        (FIVE, [E] * 4, False, R),
        (FIVE, [E] * 5, False, E),
        (FIVE, [E] * 4 + [S] + [E] * 4, False, R),
        (FIVE, [E, S] * 5, False, S),
        ({**FIVE, "consecutive_error_limit": 0}, [E], False, E),
        ({}, [S], False, S),
        ({}, [E], False, R),
        ({"interval": 60}, [S] * 500, False, R),
        ({"interval": 60}, [S] * 500, True, S),
        ({**FIVE, "consecutive_success_limit": 2}, [S, S], False, S),
        ({**FIVE, "failure_limit": 2, "consecutive_success_limit": 3}, [S, F, S, F, S], False, I),
        ({**FIVE, "failure_limit": -1, "consecutive_success_limit": 3}, [S, F, S, F, S], False, F),
        ({"interval": 60, "consecutive_success_limit": 3}, [S, S, S], False, S),
        (FIVE, [F, I], False, I),
        (FIVE, [F] + [E] * 5, False, E),
    ],
)
def test_the_phase_follows_the_limits(
    limits: dict[str, Any], measurements: list[Phase], terminating: bool, phase: Phase
) -> None:
    verdict = judge_limits(Limits(**limits), measurements, terminating=terminating)
    assert verdict.phase is phase
    assert verdict.reasons


@pytest.mark.parametrize(
    "value, success, failure, phase",
    [
        (None, True, None, E),
        (1.0, None, None, S),
        (1.0, True, None, S),
        (1.0, False, None, F),
        (1.0, None, True, F),
        (1.0, None, False, S),
        (1.0, True, True, F),
        (1.0, True, False, S),
        (1.0, False, False, I),
        (nan, True, True, I),
        (nan, True, None, F),
        (nan, None, True, S),
    ],
)
def test_conditions_give_a_measurement_its_phase(
    value: float | None, success: bool | None, failure: bool | None, phase: Phase
) -> None:
    assert measure(value, success=success, failure=failure) is phase


def test_a_run_is_its_worst_metric_and_dry_runs_never_count() -> None:
    failing = (Limits(**FIVE), judge_limits(Limits(**FIVE), [F]))
    trying = (Limits(**FIVE, dry_run=True), judge_limits(Limits(**FIVE), [F]))
    running = (Limits(**FIVE), judge_limits(Limits(**FIVE), [S]))
    done = (Limits(**FIVE), judge_limits(Limits(**FIVE), [S] * 5))
    unsure = (Limits(**FIVE), judge_limits(Limits(**FIVE), [I]))
    broken = (Limits(**FIVE), judge_limits(Limits(**FIVE), [E] * 5))
    assert run_phase({"a": failing, "b": broken, "c": done}).phase is F
    assert run_phase({"a": broken, "b": unsure, "c": running}).phase is E
    assert run_phase({"a": unsure, "b": running}).phase is I
    assert run_phase({"a": running, "b": done}).phase is R
    assert run_phase({"a": done, "b": trying}).phase is S
    assert "b is on dry run" in run_phase({"a": done, "b": trying}).reasons


def test_outcomes_keep_cannot_tell_and_could_not_ask_apart() -> None:
    assert judge_limits(Limits(**FIVE), [I]).outcome == "INCONCLUSIVE"
    assert judge_limits(Limits(**FIVE), [E] * 5).outcome == "ERROR"
    assert judge_limits(Limits(**FIVE), [S]).outcome == "INCONCLUSIVE"
    assert judge_limits(Limits(**FIVE), [S] * 5).verdict.passed


def test_contradicting_limits_are_named() -> None:
    assert "needs an interval" in Limits(count=3).problems[0]
    assert Limits(interval=1, count=3, failure_limit=4).problems
    assert Limits(interval=1, count=3, inconclusive_limit=4).problems
    assert "until it is stopped" in Limits(interval=1).problems[0]
    assert not Limits(**FIVE).problems


@pytest.mark.parametrize("wrong", [{"count": 0}, {"failure_limit": -2}, {"inconclusive_limit": -1}])
def test_impossible_limits_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)
