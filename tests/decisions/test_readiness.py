"""Readiness: each check seen green, red, and with nothing to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.readiness import (
    Probed,
    Rehearsed,
    drift,
    error_budget,
    fresh,
    live_as_recorded,
    probes,
    rehearsal,
)
from windlass.decisions.verdict import Outcome

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
PASS, FAIL, NO_DATA, ERROR = Outcome.PASS, Outcome.FAIL, Outcome.NO_DATA, Outcome.ERROR


@pytest.mark.parametrize(
    "at, outcome",
    [
        (None, NO_DATA),
        (NOW + timedelta(seconds=1), ERROR),
        (NOW, PASS),
        (NOW - DAY, PASS),
        (NOW - DAY - timedelta(seconds=1), FAIL),
    ],
)
def test_what_must_be_recent_is_or_is_not(at: datetime | None, outcome: Outcome) -> None:
    assert fresh("the newest backup", at, NOW, DAY).outcome is outcome


def test_age_and_limit_are_said_in_plain_units() -> None:
    verdict = fresh("the newest backup", NOW - timedelta(hours=30), NOW, DAY)
    assert verdict.reasons == ("the newest backup is 30 h old; allowed: 24 h",)


DONE = Rehearsed(new="a1", old="z9", at=NOW - DAY, verified=True, recovery=timedelta(seconds=42))


@pytest.mark.parametrize(
    "change, migrates, outcome, told",
    [
        ({}, False, PASS, "rolled back in 42 s; the rehearsal is 24 h old"),
        ({"new": "b2"}, False, FAIL, "another pair"),
        ({"old": "y8"}, False, FAIL, "another pair"),
        ({"verified": False}, False, FAIL, "not verified"),
        ({}, True, FAIL, "not checked both ways"),
        ({"migrations_both_ways": False}, True, FAIL, "not checked both ways"),
        ({"migrations_both_ways": True}, True, PASS, "rolled back in 42 s"),
        ({"recovery": timedelta(minutes=16)}, False, FAIL, "it took 16 min; acceptable: 15 min"),
        ({"at": NOW - 31 * DAY}, False, FAIL, "31 d old; allowed: 30 d"),
    ],
)
def test_a_rehearsal_counts_for_this_pair_verified_lately_and_fast(
    change: dict[str, object], migrates: bool, outcome: Outcome, told: str
) -> None:
    verdict = rehearsal(
        replace(DONE, **change),  # type: ignore[arg-type] # values come from a table
        new="a1",
        old="z9",
        migrates=migrates,
        now=NOW,
        stale_after=30 * DAY,
        target=timedelta(minutes=15),
    )
    assert verdict.outcome is outcome
    assert told in verdict.reasons[0]


def test_no_rehearsal_is_no_data() -> None:
    verdict = rehearsal(
        None, new="a1", old="z9", migrates=False, now=NOW, stale_after=DAY, target=DAY
    )
    assert verdict.outcome is NO_DATA


@pytest.mark.parametrize(
    "bad, total, objective, outcome, left",
    [
        (0, 1000, 99.9, PASS, 100),
        (50, 100_000, 99.9, PASS, 50),
        (90, 100_000, 99.9, PASS, 10),
        (91, 100_000, 99.9, FAIL, 9),
        (200, 100_000, 99.9, FAIL, -100),
        (0, 10, 100, PASS, 100),
        (1, 10, 100, FAIL, -100),
    ],
)
def test_the_error_budget_left_is_worked_out(
    bad: float, total: float, objective: float, outcome: Outcome, left: float
) -> None:
    verdict = error_budget(bad=bad, total=total, objective=objective, least_left=10)
    assert verdict.outcome is outcome
    assert verdict.figures["left"] == pytest.approx(left)


def test_a_budget_without_events_or_with_impossible_ones_does_not_pass() -> None:
    assert error_budget(bad=0, total=0, objective=99, least_left=0).outcome is NO_DATA
    assert error_budget(bad=11, total=10, objective=99, least_left=0).outcome is ERROR
    assert error_budget(bad=-1, total=10, objective=99, least_left=0).outcome is ERROR


@pytest.mark.parametrize(
    "drifted, adopted, outcome",
    [(False, "", PASS), (True, "", FAIL), (True, "ops", PASS), (None, "ops", ERROR)],
)
def test_a_difference_must_be_adopted_by_name(
    drifted: bool | None, adopted: str, outcome: Outcome
) -> None:
    verdict = drift("staging", drifted=drifted, detail="2 replicas, not 3", adopted=adopted)
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    "serves, recorded, outcome",
    [
        ("1.3.2", "1.3.2", PASS),
        (None, None, PASS),
        ("1.3.2", None, FAIL),
        (None, "1.3.2", FAIL),
        ("1.3.1", "1.3.2", FAIL),
    ],
)
def test_what_is_live_is_compared_with_the_ledger(
    serves: str | None, recorded: str | None, outcome: Outcome
) -> None:
    assert live_as_recorded("production/eu", serves=serves, recorded=recorded).outcome is outcome


@pytest.mark.parametrize(
    "answers, outcome, told",
    [
        ([Probed("health", 200, 0.1)], PASS, "1 probes answered"),
        ([Probed("health", 503, 0.1)], FAIL, "answered 503, not 200"),
        ([Probed("health", 0, 0.1, "connection refused")], FAIL, "connection refused"),
        ([Probed("health", 0, 0.1)], FAIL, "no answer"),
        ([Probed("health", 200, 5.1)], FAIL, "took 5.10 s"),
        ([Probed("other", 200, 0.1)], ERROR, "not asked: health"),
        ([], ERROR, "not asked: health"),
    ],
)
def test_a_system_is_well_when_every_probe_says_so(
    answers: list[Probed], outcome: Outcome, told: str
) -> None:
    verdict = probes(answers, expect={"health": 200}, within=5)
    assert verdict.outcome is outcome
    assert told in verdict.reasons[0]


def test_nothing_to_ask_proves_nothing() -> None:
    assert probes([], expect={}, within=5).outcome is NO_DATA
