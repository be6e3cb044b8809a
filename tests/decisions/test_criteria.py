"""Inputs, outputs, success criteria and exit conditions: each seen met, not met, not applicable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from windlass.decisions.criteria import (
    ALWAYS,
    Criterion,
    ExitFacts,
    Group,
    InputFacts,
    Met,
    OutputFacts,
    SuccessFacts,
    Suite,
    WayBack,
    exit_conditions,
    inputs,
    outputs,
    success,
    unmet,
)
from windlass.decisions.verdict import Outcome, Verdict

GOOD, BAD = Verdict(Outcome.PASS, ("fine",)), Verdict(Outcome.FAIL, ("p95 is 900 ms",))
INPUTS = InputFacts(
    notes="https://docs/notes",
    artifacts={"web": "sha256:a1"},
    suites={"regression": Suite(Outcome.PASS), "performance": Suite(Outcome.FAIL, "quinn")},
    gates={"readiness": GOOD},
    ways_back={"production/eu": WayBack("1.3.2", "retract, then smoke")},
)
OUTPUTS = OutputFacts(
    released_version="https://git/v1.4.0",
    communication="https://docs/notes",
    health="https://board/health",
    validation_reports="https://board/reports",
    lessons="https://docs/review",
)
SUCCESS = SuccessFacts(
    grave_incidents=(), features={"basket": True}, performance=GOOD, feedback=GOOD, rehearsal=GOOD
)
EXIT = ExitFacts(
    version="1.4.0",
    serving={"production/eu": "1.4.0"},
    watch_over=True,
    open_critical=(),
    told={"support": True},
    pages={"notes": True},
)
NAMES = {
    Group.INPUT: (
        "release_notes",
        "package",
        "test_results",
        "approvals",
        "rollback_procedure",
    ),
    Group.OUTPUT: (
        "released_version",
        "communication",
        "health",
        "validation_reports",
        "lessons",
    ),
    Group.SUCCESS: (
        "no_incident",
        "features_work",
        "performance",
        "feedback",
        "rollback_tested",
    ),
    Group.EXIT: ("in_production", "monitored", "no_critical", "told", "documented"),
}
JUDGES: dict[Group, tuple[Callable[..., tuple[Criterion, ...]], object]] = {
    Group.INPUT: (inputs, INPUTS),
    Group.OUTPUT: (outputs, OUTPUTS),
    Group.SUCCESS: (success, SUCCESS),
    Group.EXIT: (exit_conditions, EXIT),
}


def judge(group: Group, changes: dict[str, object], **not_applicable: str) -> dict[str, Criterion]:
    decide, facts = JUDGES[group]
    found = decide(replace(facts, **changes), not_applicable)  # type: ignore[type-var] # one of several dataclasses, from a table
    return {criterion.name: criterion for criterion in found}


@pytest.mark.parametrize("group", Group)
def test_a_good_release_meets_all_five_of_each_list_with_a_reason(group: Group) -> None:
    found = judge(group, {})
    assert tuple(found) == NAMES[group]
    assert all(c.met is Met.MET and c.reason and c.group is group for c in found.values())
    assert unmet(found.values()) == ()


RED = [
    (Group.INPUT, "release_notes", {"notes": ""}, "there are no release notes"),
    (Group.INPUT, "package", {"artifacts": {"web": "sha256:a1", "api": ""}}, "api has no digest"),
    (Group.INPUT, "package", {"artifacts": {}}, "no artifact"),
    (
        Group.INPUT,
        "test_results",
        {"suites": {"regression": Suite(Outcome.FAIL)}},
        "regression is FAIL",
    ),
    (
        Group.INPUT,
        "test_results",
        {"suites": {"security": Suite(Outcome.NO_DATA)}},
        "security is NO_DATA",
    ),
    (Group.INPUT, "test_results", {"suites": {}}, "no test result"),
    (Group.INPUT, "approvals", {"gates": {"readiness": BAD}}, "readiness: p95"),
    (Group.INPUT, "approvals", {"gates": {}}, "no gate was decided"),
    (Group.INPUT, "rollback_procedure", {"ways_back": {"eu": None}}, "eu has none"),
    (
        Group.INPUT,
        "rollback_procedure",
        {"ways_back": {"eu": WayBack("1.3.2", "")}},
        "eu has no plan",
    ),
    (Group.INPUT, "rollback_procedure", {"ways_back": {}}, "no target has a way back"),
    *((Group.OUTPUT, name, {name: ""}, "there is no link to it") for name in NAMES[Group.OUTPUT]),
    (Group.SUCCESS, "no_incident", {"grave_incidents": ["INC-7"]}, "open: INC-7"),
    (Group.SUCCESS, "no_incident", {"grave_incidents": None}, "nobody could ask"),
    (
        Group.SUCCESS,
        "features_work",
        {"features": {"basket": True, "total": False}},
        "total was not found to work",
    ),
    (Group.SUCCESS, "features_work", {"features": None}, "no feature was verified"),
    (Group.SUCCESS, "performance", {"performance": BAD}, "p95 is 900 ms"),
    (Group.SUCCESS, "performance", {"performance": None}, "was not measured"),
    (Group.SUCCESS, "feedback", {"feedback": None}, "nobody was asked"),
    (Group.SUCCESS, "rollback_tested", {"rehearsal": None}, "was not rehearsed"),
    (Group.EXIT, "in_production", {"serving": {"eu": "1.3.2"}}, "eu serves 1.3.2"),
    (Group.EXIT, "in_production", {"serving": {"eu": None}}, "eu serves nothing"),
    (Group.EXIT, "in_production", {"serving": {}}, "no target is known"),
    (Group.EXIT, "monitored", {"watch_over": False}, "the watch did not end well"),
    (Group.EXIT, "monitored", {"watch_over": None}, "not known"),
    (Group.EXIT, "no_critical", {"open_critical": ["SHOP-9"]}, "open: SHOP-9"),
    (Group.EXIT, "no_critical", {"open_critical": None}, "nobody could ask"),
    (Group.EXIT, "told", {"told": {"support": False}}, "support was not told"),
    (Group.EXIT, "told", {"told": None}, "nobody was told"),
    (Group.EXIT, "documented", {"pages": {"notes": False}}, "notes is not final"),
    (Group.EXIT, "documented", {"pages": None}, "there is no page"),
]


@pytest.mark.parametrize("group, name, changes, reason", RED)
def test_each_criterion_is_seen_unmet_with_its_reason_and_alone(
    group: Group, name: str, changes: dict[str, object], reason: str
) -> None:
    found = judge(group, changes)
    assert reason in found[name].reason
    assert [criterion.name for criterion in unmet(found.values())] == [name]


@pytest.mark.parametrize("group, name, changes, _", RED)
def test_not_applicable_needs_a_reason_and_some_criteria_always_apply(
    group: Group, name: str, changes: dict[str, object], _: str
) -> None:
    found = judge(group, changes, **{name: "no surveys configured"})[name]
    if name in ALWAYS:
        assert found.met is Met.NOT_MET
    else:
        assert (found.met, found.reason) == (Met.NOT_APPLICABLE, "no surveys configured")
    assert judge(group, changes, **{name: ""})[name].met is Met.NOT_MET


def test_what_is_met_is_met_even_where_it_need_not_be() -> None:
    found = judge(Group.SUCCESS, {}, feedback="no surveys configured")
    assert found["feedback"].met is Met.MET


def test_a_waived_suite_counts_and_names_who_waived_it() -> None:
    assert "performance waived by quinn" in judge(Group.INPUT, {})["test_results"].reason


def test_a_superseded_release_may_end_its_watch_and_leave_production() -> None:
    changes = {
        "replaced_by": "1.4.1",
        "watch_over": False,
        "serving": {"production/eu": "1.4.1"},
    }
    found = judge(Group.EXIT, changes)
    assert found["monitored"].reason == "the watch ended: superseded by 1.4.1"
    assert found["in_production"].met is Met.MET


def test_an_output_that_is_met_carries_its_link() -> None:
    assert judge(Group.OUTPUT, {})["lessons"].link == "https://docs/review"
