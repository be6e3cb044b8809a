"""The rollout of a fleet in the pure core: ``python -m benchmarks.fleet``.

24 regions in 5 waves, every move worked out and carried out, once all well and once with a failure
in the last region of the last wave. Prints CPU milliseconds; exits 1 when either takes a second.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.tables import Goal, table
from windlass.decisions.rollout import next_move
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

SIZES, AT_ONCE = (1, 2, 5, 8, 8), {1: 2, 2: 3, 3: 4, 4: 4}
BEGINS, MINUTE = datetime(2026, 3, 2, tzinfo=UTC), timedelta(minutes=1)
LAST, ROUNDS = "w4r7", 5
FAIL, UNDECIDED = (Verdict(o, ("looked",)) for o in (Outcome.FAIL, Outcome.INCONCLUSIVE))
#: Milliseconds.
LIMIT = 1000.0


def fleet() -> RolloutState:
    """The fleet before anything moved."""
    regions = tuple(
        Region(name=f"w{wave}r{n}", wave=wave, steps=(50, 100) if wave else (5, 25, 50, 100))
        for wave, size in enumerate(SIZES)
        for n in range(size)
    )
    return RolloutState(version="1.4.0", regions=regions, at_once=AT_ONCE)


def rolled_out(bad: str = "") -> tuple[RolloutState, list[Move]]:
    """The fleet at the end, and every move; the judge refuses the version in ``bad``."""
    state, moves, at = fleet(), list[Move](), BEGINS
    while not moves or moves[-1].kind is not MoveKind.DONE:
        verdicts = {r.name: FAIL if r.name == bad else UNDECIDED for r in state.exposed}
        moves.append(next_move(state, verdicts, {}, Clock(at), RolloutPolicy()))
        state, at = after(state, moves[-1], at), at + MINUTE
    return state, moves


def _milliseconds(bad: str) -> float:
    began = time.process_time()
    rolled_out(bad)
    return (time.process_time() - began) * 1000


def main() -> int:
    """Measure, print, judge."""
    rows, goals = [], []
    for name, bad in (("all well", ""), ("the last region fails", LAST)):
        end, moves = rolled_out(bad)
        spent = [_milliseconds(bad) for _ in range(ROUNDS)]
        kept = sum(region.done for region in end.regions)
        rows.append((name, f"{len(moves)}", f"{kept}", f"{min(spent):.0f}"))
        goals.append(Goal(f"{name}, ms", min(spent), LIMIT))
    print(table(("24 regions in 5 waves", "moves", "regions on it", "ms"), rows))
    print(*goals, sep="\n")
    return 0 if all(goal.holds for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
