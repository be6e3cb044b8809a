"""Whatever the world does, a rollout keeps its promises: a model check of next_move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from windlass.decisions.rollout import may_expose, next_move, revert_order
from windlass.decisions.rollout_state import (
    Clock,
    Move,
    MoveKind,
    Region,
    RolloutPolicy,
    RolloutState,
    after,
)
from windlass.decisions.verdict import Outcome, Verdict

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
VERSION = "1.4.0"
STEPS = st.sampled_from([(100,), (50, 100), (5, 25, 50, 100)])


@st.composite
def regions(draw: st.DrawFn) -> tuple[Region, ...]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    return tuple(
        Region(
            name=f"w{wave}r{n}",
            wave=wave,
            steps=draw(STEPS),
            undo=draw(st.sampled_from(["full", "full", "full", "halt_only", "none"])),
        )
        for wave, size in enumerate(sizes)
        for n in range(size)
    )


policies = st.builds(
    RolloutPolicy,
    requests=st.sampled_from([0, 100]),
    undecided=st.sampled_from(["advance", "pause", "extend", "rollback"]),
    missing=st.sampled_from(["pause", "extend", "rollback"]),
    require_go=st.booleans(),
    must_detect=st.sampled_from([None, 1.5]),
    at_close=st.sampled_from(["finish_wave", "hold", "revert"]),
)
outcomes = st.sampled_from(
    [*[Outcome.INCONCLUSIVE] * 4, *[Outcome.PASS] * 4, Outcome.NO_DATA, Outcome.ERROR, Outcome.FAIL]
)


class Rollout(RuleBasedStateMachine):
    """The world on one side, next_move and after on the other."""

    state: RolloutState
    policy: RolloutPolicy

    @initialize(
        regions=regions(),
        at_once=st.dictionaries(st.integers(0, 2), st.integers(1, 3)),
        policy=policies,
        is_rollback=st.sampled_from([False, False, True]),
    )
    def begin(
        self,
        regions: tuple[Region, ...],
        at_once: dict[int, int],
        policy: RolloutPolicy,
        is_rollback: bool,
    ) -> None:
        self.state = RolloutState(
            version=VERSION, regions=regions, at_once=at_once, is_rollback=is_rollback
        )
        self.policy = policy
        self.now = T0
        self.shut: dict[str, str] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.requests = 0
        self.over = False

    # ------------------------------------------------------------------ the world

    @rule(minutes=st.integers(0, 70))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(requests=st.integers(0, 200))
    def traffic(self, requests: int) -> None:
        self.requests = requests

    @rule(outcome=outcomes, which=st.integers(0, 8))
    def the_judge_looks(self, outcome: Outcome, which: int) -> None:
        self.verdicts[self._pick(which).name] = Verdict(outcome, (str(outcome),))

    @rule(which=st.integers(0, 8), reason=st.sampled_from(["night", "freeze"]))
    def a_window_shuts(self, which: int, reason: str) -> None:
        self.shut[self._pick(which).name] = reason

    @rule()
    def all_windows_open(self) -> None:
        self.shut.clear()

    @rule(why=st.sampled_from(["", "lunch"]))
    def hold_or_resume(self, why: str) -> None:
        self.state = replace(self.state, held=why)

    @rule(blocked=st.booleans())
    def block_or_lift(self, blocked: bool) -> None:
        versions = frozenset({VERSION} if blocked else ())
        self.state = replace(self.state, blocked=versions)

    @rule(who=st.sampled_from(["", "", "emergency 1.4.1"]))
    def preempt_or_not(self, who: str) -> None:
        self.state = replace(self.state, preempted=who)

    @rule(which=st.integers(0, 8))
    def a_person_lets_it_go_on(self, which: int) -> None:
        name = self._pick(which).name
        self.state = replace(self.state, attested=self.state.attested | {name})

    @rule(which=st.integers(0, 40))
    def abort(self, which: int) -> None:
        if which == 0:
            self.state = replace(self.state, closed=self.state.closed or "abort by ops")

    @rule(which=st.integers(0, 8))
    def an_irreversible_migration_runs(self, which: int) -> None:
        chosen = self._pick(which)
        changed = tuple(
            replace(r, no_way_back=True) if r is chosen else r for r in self.state.regions
        )
        self.state = replace(self.state, regions=changed)

    def _pick(self, which: int) -> Region:
        return self.state.regions[which % len(self.state.regions)]

    # ------------------------------------------------------------------ the engine

    @rule()
    def move(self) -> None:
        if not self.over:
            self._carry_out(self._next())

    @rule()
    def move_again(self) -> None:
        self.move()

    def _next(self) -> Move:
        counts = dict.fromkeys((r.name for r in self.state.regions), self.requests)
        clock = Clock(self.now, self.shut)
        return next_move(self.state, self.verdicts, counts, clock, self.policy)

    def _carry_out(self, move: Move) -> None:
        before = self.state
        self._a_failure_is_acted_on_at_once(move)
        if move.kind is MoveKind.ADVANCE:
            self._advance_is_allowed(move)
        if move.kind is MoveKind.ROLL_BACK:
            assert not before.is_rollback
            back = [step.region for step in move.steps]
            assert back == [r for r in revert_order(before.touched) if r in back]
            assert all(before.region(name).returns for name in back)
            left = [r.name for r in before.exposed if r.returns]
            assert sorted(left) == sorted(back)
        if move.kind is MoveKind.ROLL_FORWARD:
            assert VERSION not in before.blocked
            for step in move.steps:
                region = before.region(step.region)
                assert region.exposed
                assert before.is_rollback or not region.returns
        self.state = after(before, move, self.now)
        for step in move.steps:  # a new step begins unjudged
            self.verdicts.pop(step.region, None)
        self.over = move.kind is MoveKind.DONE

    def _a_failure_is_acted_on_at_once(self, move: Move) -> None:
        failed = any(
            self.verdicts[r.name].outcome is Outcome.FAIL
            for r in self.state.exposed
            if r.name in self.verdicts
        )
        stopped = (MoveKind.ROLL_BACK, MoveKind.ROLL_FORWARD, MoveKind.DONE, MoveKind.PAUSE)
        if failed and not self.state.is_rollback:
            assert move.kind in stopped
            if any(r.returns for r in self.state.exposed):
                assert move.kind is MoveKind.ROLL_BACK

    def _advance_is_allowed(self, move: Move) -> None:
        state = self.state
        assert not state.closed
        assert not state.held
        assert not state.preempted
        assert VERSION not in state.blocked
        for step in move.steps:
            region = state.region(step.region)
            assert step.percent == region.steps[region.index + 1]
            assert not region.reverted
            earlier = [r for r in state.regions if r.wave < region.wave]
            assert all(r.done for r in earlier)
            clock = Clock(self.now, self.shut)
            allowed = may_expose(state, step.region, step.percent, clock, self.policy)
            assert allowed.passed, allowed.reasons
            one = Move(MoveKind.ADVANCE, move.reasons, (step,))
            state = after(state, one, self.now)

    # ------------------------------------------------------------------ the promises

    @invariant()
    def never_more_than_n_regions_at_once(self) -> None:
        for wave in {r.wave for r in self.state.regions}:
            assert len(self.state.under_way(wave)) <= self.state.at_once.get(wave, 1)

    @invariant()
    def every_region_on_the_way_is_written_down_as_touched(self) -> None:
        exposed = {r.name for r in self.state.regions if r.index >= 0}
        assert exposed == set(self.state.touched)

    def teardown(self) -> None:
        """When the world is kind again, it ends: promoted or reverted, and nothing in between."""
        if not hasattr(self, "state"):
            return
        self.shut, self.requests = {}, 10**6
        self.state = replace(self.state, held="", blocked=frozenset(), preempted="")
        for _ in range(200):
            if self.over:
                break
            self.verdicts = {
                name: verdict
                for name, verdict in self.verdicts.items()
                if verdict.outcome is Outcome.FAIL and not self.state.is_rollback
            }
            move = self._next()
            names = frozenset(r.name for r in self.state.regions)
            self._carry_out(move)
            if move.kind in (MoveKind.PAUSE, MoveKind.EXTEND):
                self.state = replace(self.state, attested=names)
            self.now += timedelta(hours=2)
        assert self.over
        promoted = all(r.done for r in self.state.regions)
        settled = all(r.percent in (0, 100) and r.done == r.exposed for r in self.state.regions)
        assert promoted or (self.state.closed and settled)
        if not promoted and not self.state.is_rollback:
            assert all(not r.returns for r in self.state.exposed)


Rollout.TestCase.settings = settings(
    max_examples=2 * settings().max_examples, stateful_step_count=40
)
TestRollout = Rollout.TestCase
