"""Risk: from 0 to 100, every factor with its reason; it adds and never removes."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.calibration import Ended, calibrate
from windlass.decisions.risk import WEIGHTS, Level, Risk, RiskFacts, RiskPolicy, assess
from windlass.decisions.risk_effects import RiskRules, add_for

CALM = RiskFacts(
    changed_lines=0,
    breaking=0,
    migrates=False,
    undoable=True,
    hot_files=(),
    idle_days=0,
    failures=0,
    days_to_freeze=math.inf,
    authors=1,
    new_authors=0,
    compliance=(),
    targets=1,
    approvers=3,
    absent=0,
)


def test_a_release_with_nothing_against_it_has_no_risk() -> None:
    risk = assess(CALM)
    assert (risk.score, risk.level, risk.reasons) == (0, Level.LOW, ("nothing speaks against it",))


def test_a_release_of_which_nothing_is_known_is_as_risky_as_can_be() -> None:
    risk = assess(RiskFacts())
    assert (risk.score, risk.level) == (100, Level.HIGH)
    assert all("not known" in reason for reason in risk.reasons)


@pytest.mark.parametrize(
    "change, factor, share, reason",
    [
        ({"changed_lines": 100}, "size", 0.25, "100 lines changed"),
        ({"changed_lines": 9000}, "size", 1, "9000 lines changed"),
        ({"breaking": 1}, "breaking", 1, "1 breaking changes"),
        ({"migrates": True}, "migrations", 0.5, "a migration that can be undone"),
        ({"migrates": True, "undoable": False}, "migrations", 1, "cannot be undone"),
        ({"migrates": True, "undoable": None}, "migrations", 1, "cannot be undone"),
        ({"hot_files": ("pay.py",)}, "hot_files", 0.2, "1 hot files touched"),
        ({"idle_days": 30}, "idle_days", 0.5, "30 days since the last release"),
        ({"idle_days": math.inf}, "idle_days", 1, "inf days"),
        ({"failures": 3}, "failures", 1, "3 failed releases in 90 days"),
        ({"days_to_freeze": 0}, "calendar", 1, "0 days to the next freeze"),
        ({"days_to_freeze": 2.5}, "calendar", 0.5, "2.5 days to the next freeze"),
        ({"days_to_freeze": 5}, "calendar", 0, "5 days to the next freeze"),
        ({"authors": 10}, "team_size", 1, "10 authors"),
        ({"authors": 2, "new_authors": 1}, "experience", 0.5, "1 of 2 authors"),
        ({"authors": 0, "new_authors": 0}, "experience", 0, "0 of 0 authors"),
        ({"compliance": ("pci",)}, "compliance", 1, "1 compliance tags"),
        ({"targets": 10}, "targets", 1, "10 targets"),
        ({"absent": 1}, "absences", 1 / 3, "1 of 3 approvers are away"),
    ],
)
def test_each_factor_gives_its_share_and_says_why(
    change: dict[str, object], factor: str, share: float, reason: str
) -> None:
    risk = assess(replace(CALM, **change))  # type: ignore[arg-type] # values come from a table
    (found,) = [f for f in risk.factors if f.name == factor]
    assert found.share == pytest.approx(share)
    assert found.points == pytest.approx(WEIGHTS[factor] * share)
    assert reason in found.reason


def test_the_heaviest_factor_comes_first() -> None:
    risk = assess(replace(CALM, breaking=1, absent=3))
    assert [f.name for f in risk.factors[:2]] == ["breaking", "absences"]


def test_weights_can_be_changed_and_the_score_stays_between_0_and_100() -> None:
    only = RiskPolicy(weights={**dict.fromkeys(WEIGHTS, 0.0), "breaking": 7})
    assert assess(replace(CALM, breaking=1), only).score == 100
    assert assess(CALM, only).score == 0


@pytest.mark.parametrize(
    "weights, told",
    [
        ({"luck": 3}, "no risk factor luck; known: size"),
        ({"size": -1}, "0 or more"),
        (dict.fromkeys(WEIGHTS, 0.0), "one at least is more"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        RiskPolicy(weights=weights)


@pytest.mark.parametrize(
    "score, level", [(29, Level.LOW), (30, Level.MEDIUM), (69, Level.MEDIUM), (70, Level.HIGH)]
)
def test_levels_begin_where_the_policy_says(score: int, level: Level) -> None:
    policy = RiskPolicy(weights={**dict.fromkeys(WEIGHTS, 0.0), "size": 1}, full_size=100)
    risk = assess(replace(CALM, changed_lines=score), policy)
    assert (risk.score, risk.level) == (score, level)


facts = st.builds(
    RiskFacts,
    changed_lines=st.none() | st.integers(0, 10_000),
    breaking=st.none() | st.integers(0, 5),
    migrates=st.none() | st.booleans(),
    undoable=st.none() | st.booleans(),
    idle_days=st.none() | st.floats(0, allow_nan=False),
    failures=st.none() | st.integers(0, 9),
    days_to_freeze=st.none() | st.floats(0, allow_nan=False),
    authors=st.none() | st.integers(0, 20),
    new_authors=st.none() | st.integers(0, 20),
    targets=st.none() | st.integers(1, 50),
    approvers=st.none() | st.integers(0, 5),
    absent=st.none() | st.integers(0, 5),
)


@given(facts)
def test_any_facts_give_a_score_between_0_and_100_and_not_knowing_never_lowers_it(
    known: RiskFacts,
) -> None:
    risk = assess(known)
    assert 0 <= risk.score <= 100
    for field in fields(RiskFacts):
        if field.name not in ("authors", "approvers"):
            assert assess(replace(known, **{field.name: None})).score >= risk.score


RULES = RiskRules(
    seats={Level.MEDIUM: ("qa_engineer",), Level.HIGH: ("stakeholder",)},
    steps={Level.HIGH: (1, 100, 0)},
)


@pytest.mark.parametrize(
    "level, seats, steps",
    [
        (Level.LOW, ("devops",), (5, 100)),
        (Level.MEDIUM, ("devops", "qa_engineer"), (5, 100)),
        (Level.HIGH, ("devops", "qa_engineer", "stakeholder"), (1, 5, 100)),
    ],
)
def test_risk_adds_what_its_level_and_those_below_ask_for(
    level: Level, seats: tuple[str, ...], steps: tuple[int, ...]
) -> None:
    added = add_for(Risk(50, level, ()), RULES, ["devops"], [5, 100])
    assert (added.seats, added.steps) == (seats, steps)
    assert len(added.moved) == len(seats) - 1 + len(steps) - 2


@given(
    st.sampled_from(Level),
    st.lists(st.sampled_from(["devops", "qa_engineer", "stakeholder"]), unique=True),
    st.sets(st.integers(1, 99)),
)
def test_risk_never_removes_anything(level: Level, seats: list[str], steps: set[int]) -> None:
    added = add_for(Risk(50, level, ()), RULES, seats, [*sorted(steps), 100])
    assert set(seats) <= set(added.seats)
    assert steps <= set(added.steps)
    assert added.steps[-1] == 100
    assert list(added.steps) == sorted(set(added.steps))


def test_the_brier_score_is_the_mean_square_of_what_was_wrong() -> None:
    told = calibrate([Ended(80, True), Ended(40, False)])
    assert told.brier == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert told.reference == pytest.approx(0.25)
    assert told.skill == pytest.approx(1 - 0.1 / 0.25)
    assert [(b.low, b.high, b.releases, b.failed) for b in told.bands] == [
        (0, 19, 0, 0),
        (20, 39, 0, 0),
        (40, 59, 1, 0),
        (60, 79, 0, 0),
        (80, 100, 1, 1),
    ]


@pytest.mark.parametrize(
    "history, note",
    [
        ([], "no release has ended yet"),
        ([Ended(50, True)] * 19, "19 releases are too few"),
        ([Ended(50, False)] * 20, "all releases ended alike"),
        ([Ended(90, False), Ended(10, True)] * 10, "no more than the base rate"),
        ([Ended(10, False), Ended(90, True)] * 10, "the scores explain 96%"),
    ],
)
def test_calibration_says_what_it_is_worth(history: list[Ended], note: str) -> None:
    assert note in calibrate(history).note
