"""Effects happen once, and reverts win, in every order in which things can go wrong.

The searches are complete within their bounds: so many processes, failures and waits. With
``HYPOTHESIS_PROFILE=deep`` the bounds are wider (minutes).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.ledger.model.explorer import Check, explore, told
from tests.ledger.model.memory_store import MemoryStore
from tests.ledger.model.world import DEADLINE, VISIBLE, Process, World, WorldStore
from windlass.ledger import Effects, Idempotency, Ledger
from windlass.ledger.effect_rules import Claimed, EffectRow, EffectState, Intent
from windlass.ledger.effect_store import SqlEffectStore

R, OTHER = "storefront/minor/1", "storefront/emergency/1"
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
BOUNDS: dict[str, int] = {"failures": 2, "waits": 4} if DEEP else {"failures": 1, "waits": 2}

pytestmark = pytest.mark.timeout(3600 if DEEP else 120)

Try = Callable[[Process], Any]


# ---- once


def once(world: World, *, visible_within: float = VISIBLE) -> Try:
    """A try of one effect."""
    return lambda process: world.effects(process, R, 1).once(
        "tag",
        kind="tag",
        find=world.find,
        do=world.do,
        idempotency=Idempotency.MARKER,
        visible_within=visible_within,
        deadline=DEADLINE,
    )


def two_tries(store: WorldStore, *, visible_within: float = VISIBLE, **settings: Any) -> World:
    """Airflow's two live tries of one task; the first is retried when it fails."""
    world = World(store, **(BOUNDS | settings))
    attempt = once(world, visible_within=visible_within)
    world.start(Process("a", attempt, tries=2), Process("b", attempt, tries=1))
    return world


def never_twice(world: World, schedule: list[int]) -> None:
    """At most one effect; exactly one when somebody was told so."""
    assert len(world.made) <= 1, schedule
    if any(process.ended == "done" for process in world.processes):
        assert len(world.made) == 1, schedule


def never_dropped(world: World, schedule: list[int]) -> None:
    """A healthy try afterwards makes one effect of it, also when the sleeping ones wake up."""
    sleeping = list(world.processes)
    world.run_alone(Process("recovery", once(world), tries=1))
    assert world.processes[-1].ended == "done", (schedule, world.processes[-1].ended)
    world.failures = 0
    for process in sleeping:
        wake(world, process)
    assert len(world.made) == 1, schedule


def wake(world: World, process: Process) -> None:
    """A process that slept long goes on, as far as its vendor lets it."""
    for _ in range(20):
        moves = world.moves_of(process)
        if not moves:
            return
        moves[0][1]()


def anything(_world: World, _schedule: list[int]) -> None:
    """No demand."""


def test_two_tries_at_once_make_one_effect_in_every_order() -> None:
    assert explore(lambda: two_tries(MemoryStore()), never_twice, never_dropped) > 1000


def test_what_cannot_be_found_out_is_never_done_again() -> None:
    explore(lambda: two_tries(MemoryStore(), cannot_tell=True), never_twice, anything)


def finds_a_fault(build: Callable[[], World], always: Check, in_the_end: Check) -> bool:
    try:
        explore(build, always, in_the_end)
    except AssertionError:
        return True
    return False


def test_the_search_finds_an_adapter_that_promises_too_much() -> None:
    """Its find lags, and it says that it doesn't: the effect happens twice."""
    assert finds_a_fault(
        lambda: two_tries(MemoryStore(), visible_within=0), never_twice, never_dropped
    )


class WithoutWaiting(MemoryStore):
    """Takes over what another try is in the middle of."""

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        row = self.rows.get((intent.stream, intent.key))
        if row is not None and row.state is EffectState.INTENDED:
            del self.rows[intent.stream, intent.key]
        return super().claim(intent, now)


def test_the_search_finds_a_store_that_does_not_wait() -> None:
    assert finds_a_fault(lambda: two_tries(WithoutWaiting()), never_twice, never_dropped)


class Hasty(Effects):
    """Does not look at the clock just before its call."""

    def _left(self, row: EffectRow) -> float:
        return max(0.0, (row.until - self._clock()).total_seconds())


def test_the_search_finds_a_late_writer_that_does_not_look_at_the_clock() -> None:
    def build() -> World:
        return two_tries(MemoryStore(), kind=Hasty)

    assert finds_a_fault(build, never_twice, never_dropped)


# ---- converge: a revert against steps that may still be in flight


def setting(world: World, stream: str, key: str, want: int, *, step: bool) -> Try:
    """Set the exposure of the one target to ``want``."""

    async def write(_current: Any) -> None:
        await world.do(want)

    return lambda process: world.effects(process, stream, 1).converge(
        key,
        read=world.read,
        write=write,
        want=want,
        deadline=DEADLINE,
        visible_within=VISIBLE,
        unless_closed=step,
        target="eu",
    )


def reverting(world: World) -> Try:
    """What whoever detects a regression does: close first, then set back."""
    revert = setting(world, R, "revert", 0, step=False)

    async def close_and_revert(process: Process) -> None:
        await world.transaction(lambda: world.store.close(R, world.clock()))
        await revert(process)

    return close_and_revert


def preempting(world: World) -> Try:
    """What an emergency release does: take the token, then set back under its own name."""
    revert = setting(world, OTHER, "revert", 0, step=False)

    async def bump_and_revert(process: Process) -> None:
        await world.transaction(lambda: world.store.bump_token(R))
        await revert(process)

    return bump_and_revert


def step_against(
    store: WorldStore, winner: Callable[[World], Try], *, step: bool = True, **settings: Any
) -> World:
    """A step to 25 %, tried twice, while somebody reverts, also twice."""
    world = World(store, **(BOUNDS | {"failures": int(DEEP)} | settings))
    forward = setting(world, R, "step_25", 25, step=step)
    world.start(Process("step", forward, tries=2), Process("revert", winner(world), tries=2))
    return world


def reverted_stays_reverted(world: World, schedule: list[int]) -> None:
    """Once the revert reported success, nothing is exposed, whatever was still on its way."""
    if world.processes[1].ended == "done" and world.made:
        assert world.made[-1].value == 0, schedule


def can_still_be_reverted(world: World, schedule: list[int]) -> None:
    """Whoever died where: a healthy revert afterwards ends at 0, also when sleepers wake up."""
    sleeping = list(world.processes)
    world.run_alone(Process("recovery", reverting(world), tries=1))
    assert world.processes[-1].ended == "done", schedule
    world.failures = 0
    for process in sleeping:
        wake(world, process)
    assert not world.made or world.made[-1].value == 0, schedule


def test_a_revert_wins_over_a_step_in_every_order() -> None:
    def build() -> World:
        return step_against(MemoryStore(), reverting)

    assert explore(build, reverted_stays_reverted, can_still_be_reverted) > 1000


def test_a_preempting_release_wins_over_a_step_in_every_order() -> None:
    def build() -> World:
        return step_against(MemoryStore(), preempting)

    assert explore(build, reverted_stays_reverted, anything) > 1000


def test_the_search_finds_a_step_that_ignores_the_closing() -> None:
    def build() -> World:
        return step_against(MemoryStore(), reverting, step=False)

    assert finds_a_fault(build, reverted_stays_reverted, anything)


class WithoutTargets(MemoryStore):
    """Lets effects of other keys on the same target go on."""

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        return super().claim(replace(intent, target=None), now)


def test_the_search_finds_a_revert_that_does_not_wait_for_the_step() -> None:
    def build() -> World:
        return step_against(WithoutTargets(), reverting)

    assert finds_a_fault(build, reverted_stays_reverted, anything)


# ---- the store in memory and the one in the database are the same


class SqlWorldStore(SqlEffectStore):
    """The database's store with what the world asks besides."""

    def __init__(self, ledger: Ledger, streams: tuple[str, ...]) -> None:
        super().__init__(ledger.store, None)
        self._ledger, self._streams = ledger, streams

    def bump_token(self, stream: str) -> int:
        return self._ledger.bump_token(stream)

    def close(self, stream: str, at: datetime) -> None:
        self._ledger.append(stream, "exposure.closed", {}, key="closed", at=at)

    def all_rows(self) -> list[EffectRow]:
        return [row for stream in sorted(self._streams) for row in self.rows(stream)]


@pytest.mark.parametrize("kind", ["once", "revert", "preempt"])
@pytest.mark.parametrize("seed", range(6 if not DEEP else 200))
def test_the_database_answers_as_the_store_in_memory_does(
    ledger: Ledger, kind: str, seed: int
) -> None:
    """The same random schedule on both, compared after every move."""

    def build(store: WorldStore) -> World:
        if kind == "once":
            return two_tries(store, failures=2, waits=6)
        winner = {"revert": reverting, "preempt": preempting}[kind]
        return step_against(store, winner, failures=2, waits=6)

    model, real = build(MemoryStore()), build(SqlWorldStore(ledger, (R, OTHER)))
    choose = random.Random(f"{kind} {seed}")
    schedule: list[int] = []
    while moves := model.moves():
        number = choose.randrange(len(moves))
        schedule.append(number)
        moves[number][1]()
        real.moves()[number][1]()
        assert real.state() == model.state(), told(lambda: build(MemoryStore()), schedule)
    assert ledger.verify().ok
    model.end()
    real.end()
