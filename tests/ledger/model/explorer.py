"""Exhaustive search over schedules: every order of every move, each state visited once.

A schedule is a list of move numbers. Worlds cannot be copied (they hold coroutines), so a branch is
reached by running its schedule from the start; runs are deterministic.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.ledger.model.world import World

Build = Callable[[], World]
Check = Callable[[World, list[int]], None]


def explore(build: Build, always: Check, in_the_end: Check, *, limit: int = 1_000_000) -> int:
    """Check every state that can be reached; gives how many there were.

    Args:
        build: a new world, always the same.
        always: checks a state; must leave the world as it is.
        in_the_end: checks what would come of a state if every process died there. Called once for
            each different state of store and vendor, with a world that it may use up.
        limit: fails when there are more states: the search was to be complete.
    """
    seen: set[object] = set()
    left_behind: set[object] = set()
    branches: list[list[int]] = [[]]
    while branches:
        schedule = branches.pop()
        world = replay(build, schedule)
        while (state := world.state()) not in seen:
            seen.add(state)
            assert len(seen) <= limit, f"more than {limit} states"
            always(world, schedule)
            if world.outside() not in left_behind:
                left_behind.add(world.outside())
                in_the_end(replay(build, schedule), schedule)
            moves = world.moves()
            if not moves:
                break
            branches += [[*schedule, number] for number in range(1, len(moves))]
            schedule = [*schedule, 0]
            moves[0][1]()
        world.end()
    return len(seen)


def replay(build: Build, schedule: list[int]) -> World:
    """The world after a schedule."""
    world = build()
    for number in schedule:
        world.moves()[number][1]()
    return world


def told(build: Build, schedule: list[int]) -> str:
    """The names of a schedule's moves, for people who debug it."""
    world, names = build(), []
    for number in schedule:
        name, move = world.moves()[number]
        names.append(name)
        move()
    return " → ".join(names)
