"""The table of effect_rules: who may act on a row, by its state and the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from windlass.ledger.effect_rules import (
    AlreadyDone,
    Busy,
    EffectRow,
    EffectState,
    Go,
    Idempotency,
    Intent,
    Look,
    claim,
    finished,
)

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
INTENT = Intent(
    stream="r",
    key="tag",
    kind="tag",
    target=None,
    idempotency=Idempotency.MARKER,
    token=3,
    deadline=10,
    visible_within=5,
    unless_closed=False,
    repeatable=False,
)
ROW = EffectRow(
    stream="r",
    key="tag",
    kind="tag",
    target=None,
    idempotency=Idempotency.MARKER,
    state=EffectState.INTENDED,
    token=2,
    attempt=4,
    until=T + timedelta(seconds=10),
    visible_within=5,
    result=None,
    reason="",
    at=T,
)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "state,seconds,answer",
    [
        (None, 0, Go),
        (EffectState.REFUSED, 0, Go),
        (EffectState.ABSENT, 0, Go),
        (EffectState.DONE, 0, AlreadyDone),
        (EffectState.INTENDED, 0, Busy),
        (EffectState.INTENDED, 9.9, Busy),
        (EffectState.INTENDED, 10, Busy),
        (EffectState.INTENDED, 14.9, Busy),
        (EffectState.INTENDED, 15, Look),
        (EffectState.UNKNOWN, 14.9, Busy),
        (EffectState.UNKNOWN, 15, Look),
    ],
)
def test_what_a_try_gets(state: EffectState | None, seconds: float, answer: type) -> None:
    row = None if state is None else replace(ROW, state=state)
    assert type(claim(row, INTENT, at(seconds), ())) is answer


def test_converge_acts_on_a_done_row_too() -> None:
    done = replace(ROW, state=EffectState.DONE)
    assert isinstance(claim(done, replace(INTENT, repeatable=True), T, ()), Go)


def test_taking_a_row_over_counts_the_attempt_and_writes_the_new_token() -> None:
    answer = claim(ROW, INTENT, at(20), ())
    assert isinstance(answer, Look)
    taken = answer.row
    assert (taken.attempt, taken.token, taken.until) == (5, 3, at(30))
    assert taken.state is EffectState.INTENDED


@pytest.mark.parametrize(
    "state,answer",
    [
        (EffectState.INTENDED, Busy),
        (EffectState.UNKNOWN, Busy),
        (EffectState.DONE, Busy),
        (EffectState.REFUSED, Go),
        (EffectState.ABSENT, Go),
    ],
)
def test_an_effect_of_another_release_on_the_same_target_is_waited_for(
    state: EffectState, answer: type
) -> None:
    """A revert may not read before what a late step wrote can be seen."""
    neighbour = replace(ROW, stream="other", key="expose", state=state)
    assert type(claim(None, INTENT, at(14.9), (neighbour,))) is answer
    assert isinstance(claim(None, INTENT, at(15), (neighbour,)), Go)


def test_a_try_that_is_over_stops_blocking_from_now_and_never_later_than_its_until() -> None:
    early = finished(ROW, EffectState.UNKNOWN, at(4), reason="reset")
    assert (early.until, early.quiet_at, early.reason) == (at(4), at(9), "reset")
    late = finished(ROW, EffectState.DONE, at(60), result={"id": 1})
    assert (late.until, late.result) == (at(10), {"id": 1})


def test_a_clock_that_went_back_does_not_end_a_try_before_it_began() -> None:
    assert finished(ROW, EffectState.UNKNOWN, at(-100)).until == ROW.at
