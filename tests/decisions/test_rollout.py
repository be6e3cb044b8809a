"""What a rollout does next, row by row, and a fleet from start to end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.rollout import may_expose, next_move, revert_order
from windlass.decisions.rollout_state import (
    Clock,
    Move,
    MoveKind,
    Region,
    RolloutPolicy,
    RolloutState,
    Step,
    after,
)
from windlass.decisions.verdict import Outcome, Verdict

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = RolloutPolicy(requests=100)
MINUTE = timedelta(minutes=1)


def region(name: str = "eu", index: int = 0, **more: object) -> Region:
    given = {"name": name, "steps": (5, 50, 100), "index": index, "since": T0}
    return Region(**{**given, **more})  # type: ignore[arg-type] # values come from a table


def state(*regions: Region, **more: object) -> RolloutState:
    touched = tuple(r.name for r in regions if r.index >= 0)
    given = {"version": "1.4.0", "regions": regions, "touched": touched, **more}
    return RolloutState(**given)  # type: ignore[arg-type] # values come from a table


def said(outcome: Outcome) -> Verdict:
    return Verdict(outcome, (f"the judge says {outcome}",))


def move(
    now: RolloutState,
    outcome: Outcome | None = Outcome.INCONCLUSIVE,
    *,
    minutes: float = 0,
    requests: int = 0,
    shut: dict[str, str] | None = None,
    policy: RolloutPolicy = POLICY,
) -> Move:
    verdicts = {r.name: said(outcome) for r in now.regions} if outcome else {}
    counts = dict.fromkeys((r.name for r in now.regions), requests)
    return next_move(now, verdicts, counts, Clock(T0 + minutes * MINUTE, shut or {}), policy)


A, H, E, P = MoveKind.ADVANCE, MoveKind.HOLD, MoveKind.EXTEND, MoveKind.PAUSE
R = MoveKind.ROLL_BACK


@pytest.mark.parametrize(
    "outcome, early, few, met, late",
    [
        (Outcome.FAIL, R, R, R, R),
        (Outcome.PASS, A, A, A, A),
        (Outcome.MARGINAL, H, E, A, P),
        (Outcome.INCONCLUSIVE, H, E, A, P),
        (Outcome.NO_DATA, H, E, P, P),
        (Outcome.ERROR, H, E, P, P),
        (None, H, E, P, P),
    ],
)
def test_a_region_moves_as_the_table_says(
    outcome: Outcome | None, early: MoveKind, few: MoveKind, met: MoveKind, late: MoveKind
) -> None:
    now = state(region())
    kinds = [
        move(now, outcome, minutes=9.9, requests=999).kind,
        move(now, outcome, minutes=10, requests=99).kind,
        move(now, outcome, minutes=10, requests=100).kind,
        move(now, outcome, minutes=60, requests=99).kind,
    ]
    assert kinds == [early, few, met, late]


@pytest.mark.parametrize(
    "undecided, kind", [("advance", A), ("pause", P), ("extend", E), ("rollback", R)]
)
def test_an_undecided_judge_is_answered_by_policy(undecided: str, kind: MoveKind) -> None:
    policy = replace(POLICY, undecided=undecided)  # type: ignore[arg-type] # values come from a table
    assert move(state(region()), minutes=10, requests=100, policy=policy).kind is kind


@pytest.mark.parametrize("missing, kind", [("pause", P), ("extend", E), ("rollback", R)])
@pytest.mark.parametrize("outcome", [Outcome.NO_DATA, Outcome.ERROR, None])
def test_missing_data_is_answered_by_policy_too(
    outcome: Outcome | None, missing: str, kind: MoveKind
) -> None:
    policy = replace(POLICY, missing=missing)  # type: ignore[arg-type] # values come from a table
    assert move(state(region()), outcome, minutes=10, requests=100, policy=policy).kind is kind


@pytest.mark.parametrize("could, kind", [(1.1, A), (1.2, A), (1.3, E), (None, E)])
def test_a_policy_may_ask_for_more_sensitivity_before_an_undecided_region_advances(
    could: float | None, kind: MoveKind
) -> None:
    figures = {} if could is None else {"smallest_detectable_ratio": could}
    verdict = Verdict(Outcome.INCONCLUSIVE, ("undecided",), figures)
    clock, policy = Clock(T0 + 10 * MINUTE), replace(POLICY, must_detect=1.2)
    found = next_move(state(region()), {"eu": verdict}, {"eu": 100}, clock, policy)
    assert found.kind is kind
    late = Clock(T0 + 60 * MINUTE)
    assert next_move(state(region()), {"eu": verdict}, {"eu": 100}, late, policy).kind is (
        A if kind is A else P
    )


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.NO_DATA, Outcome.ERROR])
@pytest.mark.parametrize("undecided", ["advance", "pause", "rollback"])
def test_a_verdict_with_more_to_come_is_waited_for_until_the_longest_bake(
    outcome: Outcome, undecided: str
) -> None:
    verdict = Verdict(outcome, ("3 measurements of 5",), {"more_to_come": True})
    policy = replace(POLICY, undecided=undecided)  # type: ignore[arg-type] # values come from a table
    for minutes, kind in ((10, E), (60, P)):
        clock = Clock(T0 + minutes * MINUTE)
        found = next_move(state(region()), {"eu": verdict}, {"eu": 100}, clock, policy)
        assert found.kind is kind


@pytest.mark.parametrize("undecided, kind", [("advance", P), ("extend", E), ("rollback", R)])
def test_where_a_go_is_required_an_undecided_region_does_not_advance(
    undecided: str, kind: MoveKind
) -> None:
    policy = replace(POLICY, require_go=True, undecided=undecided)  # type: ignore[arg-type] # values come from a table
    assert move(state(region()), minutes=10, requests=100, policy=policy).kind is kind
    assert move(state(region()), Outcome.PASS, policy=policy).kind is A


@pytest.mark.parametrize("wrong", [{"undecided": "go"}, {"missing": "advance"}])
def test_a_policy_that_would_advance_on_missing_data_cannot_be_written(
    wrong: dict[str, str],
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RolloutPolicy(**wrong)  # type: ignore[arg-type] # values come from a table


def test_missing_data_never_advances_by_itself_but_a_person_may_let_one_step_go() -> None:
    now = state(region(), attested=frozenset({"eu"}))
    step = move(now, Outcome.ERROR)
    assert step.steps == (Step("eu", 50),)
    assert after(now, step, T0).attested == frozenset()


def test_a_persons_mark_does_not_outweigh_a_fail() -> None:
    assert move(state(region(), attested=frozenset({"eu"})), Outcome.FAIL).kind is R


def test_the_first_step_may_bake_for_another_time() -> None:
    policy = replace(POLICY, first_bake=20 * MINUTE, requests=0)
    assert move(state(region()), minutes=19, policy=policy).kind is H
    assert move(state(region(index=1)), minutes=19, policy=policy).kind is A


def test_the_last_step_watched_to_the_end_finishes_the_region_and_then_the_rollout() -> None:
    now = state(region(index=2))
    step = move(now, minutes=10, requests=100)
    assert (step.kind, step.steps, step.finished) == (A, (), ("eu",))
    done = move(after(now, step, T0))
    assert done.kind is MoveKind.DONE
    assert "promoted everywhere" in done.reasons[0]


def test_one_failure_reverts_every_region_touched_last_first() -> None:
    """Also those whose rollout was done long before."""
    now = state(region("eu", 2, done=True), region("us", 1), region("ap", 0), at_once={0: 2})
    back = next_move(now, {"us": said(Outcome.FAIL)}, {}, Clock(T0, {"us": "freeze"}), POLICY)
    assert back.kind is R
    assert back.steps == (Step("ap", 0), Step("us", 0), Step("eu", 0))
    assert "us at 50 %: the judge says FAIL" in back.reasons[0]


@pytest.mark.parametrize(
    "change",
    [
        {"closed": "abort by ops"},
        {"blocked": frozenset({"1.4.0"})},
        {"preempted": "emergency 1.4.1"},
    ],
)
@pytest.mark.parametrize("also", [{}, {"held": "lunch"}])
def test_what_is_exposed_goes_back_when_closed_blocked_or_preempted_held_or_frozen(
    change: dict[str, object], also: dict[str, object]
) -> None:
    now = state(region(), **change, **also)
    assert move(now, Outcome.PASS, shut={"eu": "freeze"}).kind is R


def test_where_nothing_is_exposed_each_of_them_waits_in_its_own_way() -> None:
    fresh = region(index=-1)
    assert move(state(fresh, closed="abort by ops")).kind is MoveKind.DONE
    assert move(state(fresh, blocked=frozenset({"1.4.0"}))).kind is P
    assert move(state(fresh, preempted="emergency 1.4.1")).kind is H
    assert move(state(fresh, held="lunch")).kind is H


def test_a_threshold_breached_while_held_still_rolls_back() -> None:
    assert move(state(region(), held="waiting for sam"), Outcome.FAIL).kind is R


def test_a_rollback_is_never_rolled_back() -> None:
    now = state(region(), is_rollback=True)
    for outcome in Outcome:
        assert move(now, outcome, minutes=999).kind is not R
    assert move(now, Outcome.FAIL).kind is P
    never = replace(POLICY, undecided="rollback", requests=0)
    assert move(now, minutes=10, policy=never).kind is P


def test_a_rollback_takes_no_notice_of_windows_and_freezes() -> None:
    now = state(region(index=-1), is_rollback=True)
    assert move(now, shut={"eu": "freeze"}).steps == (Step("eu", 5),)
    ordinary = state(region(index=-1))
    assert move(ordinary, shut={"eu": "freeze"}) == Move(H, ("eu: freeze",))


def test_a_rollback_that_is_closed_finishes_what_it_has_begun() -> None:
    now = state(region("eu", 0), region("us", -1, wave=1), is_rollback=True, closed="abort")
    forward = move(now)
    assert (forward.kind, forward.steps) == (MoveKind.ROLL_FORWARD, (Step("eu", 100),))
    assert move(after(now, forward, T0)).kind is MoveKind.DONE


def test_past_the_point_of_no_return_it_rolls_forward_and_says_so() -> None:
    now = state(region("eu", 0, no_way_back=True), region("us", 0, wave=1))
    back = move(now, Outcome.FAIL)
    assert back.steps == (Step("us", 0),)
    now = after(now, back, T0)
    forward = move(now, Outcome.FAIL)
    assert (forward.kind, forward.steps) == (MoveKind.ROLL_FORWARD, (Step("eu", 100),))
    assert "no way back" in forward.reasons[1]
    done = move(after(now, forward, T0), Outcome.FAIL)
    assert done.kind is MoveKind.DONE
    assert "eu had no way back and serves 1.4.0" in done.reasons[0]


def test_a_region_that_is_migrated_for_good_but_was_never_exposed_stays_as_it_is() -> None:
    now = state(region("eu", 0), region("us", -1, wave=1, no_way_back=True))
    back = move(now, Outcome.FAIL)
    assert back.steps == (Step("eu", 0),)
    done = move(after(now, back, T0), Outcome.FAIL)
    assert (done.kind, done.steps) == (MoveKind.DONE, ())


def test_a_blocked_version_does_not_roll_forward_without_a_person() -> None:
    now = state(region(undo="none"), blocked=frozenset({"1.4.0"}), closed="abort")
    assert move(now).kind is P


@pytest.mark.parametrize("at_close, kind", [("finish_wave", A), ("hold", H), ("revert", R)])
def test_a_window_that_shuts_under_a_region_is_answered_by_policy(
    at_close: str, kind: MoveKind
) -> None:
    policy = replace(POLICY, at_close=at_close)  # type: ignore[arg-type] # values come from a table
    shut = {"eu": "the window closed at 16:00"}
    assert move(state(region()), Outcome.PASS, shut=shut, policy=policy).kind is kind


def test_waves_are_in_line_and_at_most_n_regions_of_one_are_under_way() -> None:
    fresh = [region(n, -1, wave=w) for n, w in (("eu", 0), ("us", 1), ("ap", 1), ("sa", 1))]
    now = state(*fresh, at_once={1: 2})
    assert move(now).steps == (Step("eu", 5),)
    now = state(region("eu", 2, done=True), *fresh[1:], at_once={1: 2})
    assert move(now).steps == (Step("us", 5), Step("ap", 5))
    shut = move(now, shut={"us": "night"})
    assert shut.steps == (Step("ap", 5), Step("sa", 5))


@pytest.mark.parametrize(
    "now, where, percent, told",
    [
        (state(region(index=-1), held="lunch"), "eu", 5, "held: lunch"),
        (state(region(index=-1), closed="abort"), "eu", 5, "the rollout is over: abort"),
        (state(region(index=-1), blocked=frozenset({"1.4.0"})), "eu", 5, "is blocked"),
        (state(region(index=-1), preempted="1.4.1"), "eu", 5, "1.4.1 goes first"),
        (state(region(reverted=True)), "eu", 50, "was rolled back"),
        (state(region(index=-1)), "eu", 50, "next is 5, not 50"),
        (state(region()), "eu", 100, "eu is at 5 %; next is 50, not 100"),
        (state(region(index=2)), "eu", 50, "next is nothing, not 50"),
        (state(region(), region("us", -1, wave=1)), "us", 5, "an earlier wave is not done"),
        (state(region(), region("us", -1)), "us", 5, "us waits: eu under way, at most 1"),
        (state(region("night", -1)), "night", 5, "night: it is night"),
    ],
)
def test_a_step_is_refused_just_before_it_is_done_when_it_must_not_happen(
    now: RolloutState, where: str, percent: int, told: str
) -> None:
    verdict = may_expose(now, where, percent, Clock(T0, {"night": "it is night"}), POLICY)
    assert told in " ".join(verdict.reasons)
    assert not verdict.passed


def test_repeating_a_step_that_is_done_is_allowed() -> None:
    assert may_expose(state(region()), "eu", 5, Clock(T0), POLICY).passed
    assert may_expose(state(region()), "eu", 50, Clock(T0), POLICY).passed


def test_the_order_of_a_revert_is_the_order_of_touching_backwards() -> None:
    assert revert_order([]) == ()
    assert revert_order(["a", "b", "c"]) == ("c", "b", "a")


@pytest.mark.parametrize("steps", [(), (5, 5, 100), (50, 25, 100), (5, 50), (0, 100)])
def test_steps_that_do_not_rise_to_100_cannot_be_made(steps: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Region(name="eu", steps=steps)


def test_a_rollout_to_nowhere_waits_and_a_move_without_a_reason_cannot_be_made() -> None:
    assert move(state()).reasons == ("there is no region to roll out to",)
    with pytest.raises(ValueError, match="at least one reason"):
        Move(MoveKind.HOLD, ())


def test_an_unknown_region_is_named() -> None:
    with pytest.raises(KeyError, match="mars is not part"):
        state(region()).region("mars")


def fleet() -> RolloutState:
    sizes = (1, 2, 5, 8, 8)
    regions = [
        Region(name=f"w{wave}r{n}", wave=wave, steps=(5, 25, 50, 100) if wave == 0 else (50, 100))
        for wave, size in enumerate(sizes)
        for n in range(size)
    ]
    return RolloutState(version="1.4.0", regions=tuple(regions), at_once={1: 2, 2: 3, 3: 4, 4: 4})


def drive(now: RolloutState, fails_at: str = "") -> tuple[RolloutState, list[Move]]:
    moves: list[Move] = []
    at = T0
    while not moves or moves[-1].kind is not MoveKind.DONE:
        verdicts = {
            r.name: said(Outcome.FAIL if r.name == fails_at else Outcome.INCONCLUSIVE)
            for r in now.exposed
        }
        moves.append(next_move(now, verdicts, {}, Clock(at), RolloutPolicy()))
        now = after(now, moves[-1], at)
        at += MINUTE
        assert len(moves) < 5000
    return now, moves


def test_24_regions_in_5_waves_are_rolled_out_wave_after_wave() -> None:
    """How long it takes is in ``benchmarks.fleet``."""
    end, moves = drive(fleet())
    assert len(end.touched) == 24
    assert all(r.done for r in end.regions)
    assert sum(len(m.steps) for m in moves) == 4 + 23 * 2
    waves = [end.region(name).wave for name in end.touched]
    assert waves == sorted(waves)


def test_a_failure_in_the_last_wave_of_a_fleet_reverts_all_that_was_touched() -> None:
    end, moves = drive(fleet(), fails_at="w4r0")
    (back,) = [m for m in moves if m.kind is MoveKind.ROLL_BACK]
    assert tuple(step.region for step in back.steps) == tuple(reversed(end.touched))
    assert not end.exposed
    assert "stopped: w4r0 at 50 %" in moves[-1].reasons[0]
