"""Kill a release again and again, take it up each time with nothing but the ledger and the world.

A release that nobody kills says what must be there at the end. The same release, killed, must leave
exactly that: a trace too many is a double, one too few a drop, and one that does not end is stuck.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.crash.dying import Boundary, Chooser, DyingLedger, Kill, Killed, Reaper, nowhere
from tests.crash.in_turns import in_turns
from tests.crash.process import Outside, live
from tests.crash.tallying import tally
from tests.tasks.flagged import FLAGGED, define_flags
from tests.tasks.world import DAY_0, World, make_world
from windlass.ledger import open_ledger
from windlass.plan.compiling import compile_plan
from windlass.plan.release_plan import Nature
from windlass.tasks.opening import take_up
from windlass.tasks.release import Release

#: Seconds until somebody notices that a process died and starts another.
NOTICED = 5.0
#: After Day 0: by then a release is over, whoever died, or it is stuck.
LATEST = timedelta(hours=4)
#: Deaths after which a release that has not ended never will.
MOST_KILLS = 5000
QUICK = {"release_types": {"minor": {"follow_up": {"monitor": "20 min", "interval": "5 min"}}}}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A minor release of two regions: of a good version, or of one that must be taken back.

    Attributes:
        errors: the share of bad answers, by version, and of the users who have the flag (``on``).
        outcome: how the release must end.
        flags: what is ramped behind the code.
    """

    name: str
    errors: Mapping[str, float]
    outcome: str
    flags: tuple[str, ...] = ()


GOOD = Scenario("good", {"1.4.0": 0.002}, "released")
BAD = Scenario("bad", {"1.4.0": 0.2}, "rolled back")
RAMP = Scenario("ramp", {"1.4.0": 0.002}, "released", ("new-cart",))
BAD_RAMP = Scenario("bad ramp", {"1.4.0": 0.002, "on": 0.3}, "rolled back", ("new-cart",))
#: Those of a long run, in turn.
IN_TURN = (GOOD, BAD, RAMP, BAD_RAMP)


@dataclass(slots=True)
class Result:
    """What became of one release.

    Attributes:
        doubles: traces that are there more often than without a kill.
        drops: traces that are missing.
        stuck: why it did not end as it must; empty when it did.
        visited: the boundaries it passed.
        seconds: of real time.
    """

    scenario: str
    kills: list[Kill] = field(default_factory=list)
    doubles: Counter[str] = field(default_factory=Counter)
    drops: Counter[str] = field(default_factory=Counter)
    stuck: str = ""
    visited: set[Boundary] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing happened twice, nothing is missing and it came to its end."""
        return not (self.doubles or self.drops or self.stuck)


class Harness:
    """Makes worlds in ``folder`` and runs releases in them.

    Args:
        processes: whether each life is a process that SIGKILL ends; otherwise an exception does.
    """

    def __init__(self, folder: Path, *, processes: bool = False) -> None:
        self._folder, self._made, self._noticed = folder, 0, NOTICED
        self._live = live if processes else _live_here
        self._migrated = folder / "empty.db"
        open_ledger(f"sqlite:///{self._migrated}", migrate=True).close()
        self._expected: dict[str, tuple[Result, Counter[str]]] = {}

    def run(self, scenario: Scenario, dies: Chooser, *, noticed: float = NOTICED) -> Result:
        """One release under ``dies``, compared with the same one under nothing.

        Args:
            noticed: seconds until somebody notices that a process died and starts another.
        """
        expected = self._without_a_kill(scenario)[1]
        self._noticed = noticed
        result, found = self._live_through(scenario, dies)
        result.doubles, result.drops = found - expected, expected - found
        return result

    def boundaries(self, scenario: Scenario) -> set[Boundary]:
        """Where a process can die in a release that nobody kills."""
        return set(self._without_a_kill(scenario)[0].visited)

    def _without_a_kill(self, scenario: Scenario) -> tuple[Result, Counter[str]]:
        if scenario.name not in self._expected:
            result, found = self._live_through(scenario, nowhere)
            if result.stuck:
                raise AssertionError(f"without a single kill: {result.stuck}")
            self._expected[scenario.name] = result, found
        return self._expected[scenario.name]

    def _live_through(self, scenario: Scenario, dies: Chooser) -> tuple[Result, Counter[str]]:
        began = time.monotonic()
        root = self._folder / f"world-{self._made}"
        self._made += 1
        root.mkdir()
        changes = {**QUICK, **FLAGGED} if scenario.flags else QUICK
        world = make_world(root, self._folder, self._migrated, changes)
        _prepare(world, scenario)
        reaper = Reaper(dies, world.clock.now)
        result = Result(scenario.name)
        result.stuck = self._until_it_ends(world, _opened(world, scenario), reaper, scenario)
        result.kills = reaper.kills
        result.visited = set(reaper.visits)
        result.seconds = time.monotonic() - began
        found = tally(world)
        world.end()
        return result, found

    def _until_it_ends(
        self, world: World, release: Release, reaper: Reaper, scenario: Scenario
    ) -> str:
        """Start a process, and another one after each death; why it is stuck, or nothing."""
        while len(reaper.kills) < MOST_KILLS:
            reaper.revive()
            # the one that nobody kills lives here: what it imports, the others need not
            lives = _live_here if reaper.dies is nowhere else self._live
            said = lives(Outside(world, reaper), partial(_one_life, world, release, reaper))
            if said is not None:
                return said or _how_it_ended(world, release, scenario)
            world.clock.pass_(self._noticed)
        return f"killed {MOST_KILLS} times and still not over"


def _one_life(world: World, release: Release, reaper: Reaper) -> str:
    """Take the release up and go on to its end; why it comes to none."""
    ledger = DyingLedger(world.ledger, reaper)
    alive = take_up(ledger, release.id, connect=world.ports, clock=world.clock.now)
    try:
        asyncio.run(in_turns(world.run(alive), reaper.only_alive))
    except TimeoutError as problem:
        return "; ".join([str(problem), *_asks(alive)])
    return ""


def _live_here(_outside: Outside, work: Callable[[], str]) -> str | None:
    """As :func:`tests.crash.process.live`, in this process."""
    try:
        return work()
    except Killed:
        return None


def _prepare(world: World, scenario: Scenario) -> None:
    world.live("2.4.0", "0" * 40, product="payments")
    (world.root / "runbook.md").write_text("Call ops.")
    world.reply("planning.enablement", "we are ready", "sue")
    world.metrics.errors.update(scenario.errors)
    if scenario.flags:
        define_flags(world)
    world.clock.end = DAY_0 + LATEST


def _opened(world: World, scenario: Scenario) -> Release:
    """A minor release with everything up to its end; what follows for days is left out."""
    plan = compile_plan(world.product, "minor")
    rows = tuple(
        dict.fromkeys(
            task.row
            for task in plan.tasks
            if task.phase != "follow_up" and task.nature is Nature.WORK
        )
    )
    return world.open(rows=rows, flags=scenario.flags)


def _asks(release: Release) -> list[str]:
    """What people are asked that nobody of this world answers."""
    open_ones = [asked.question for asked in release.view.open_questions()]
    return [f"{q['task']} asks {q['title']}: {q['facts'].get('reasons', '')}" for q in open_ones]


def _how_it_ended(world: World, release: Release, scenario: Scenario) -> str:
    outcome = release.view.outcome or "not at all"
    kept = [claim.target for claim in world.ledger.claims.all()]
    if kept:
        return f"it ended ({outcome}) and still holds {', '.join(kept)}"
    if not outcome.startswith(scenario.outcome):
        return (
            f"it ended {outcome}, not {scenario.outcome}: {(release.view.ended or {}).get('why')}"
        )
    if not world.ledger.verify(release.id).ok:
        return "its chain of events is broken"
    return ""


@dataclass(frozen=True, slots=True)
class Figures:
    """All releases together."""

    releases: int
    kills: int
    doubles: int
    drops: int
    stuck: int
    median_recovery: float
    slowest_recovery: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"releases {self.releases}  kills {self.kills}  doubles {self.doubles}  "
            f"drops {self.drops}  stuck {self.stuck}  recovery: median "
            f"{self.median_recovery:.0f} s, slowest {self.slowest_recovery:.0f} s  "
            f"({self.seconds:.0f} s of real time)"
        )


def figures(results: list[Result]) -> Figures:
    """Add ``results`` up. Recovery is in seconds of the world's clock."""
    times = [k.recovery for r in results for k in r.kills if k.recovery is not None]
    return Figures(
        releases=len(results),
        kills=sum(len(r.kills) for r in results),
        doubles=sum(r.doubles.total() for r in results),
        drops=sum(r.drops.total() for r in results),
        stuck=sum(bool(r.stuck) for r in results),
        median_recovery=median(times) if times else 0.0,
        slowest_recovery=max(times, default=0.0),
        seconds=sum(r.seconds for r in results),
    )


def long_run(kills: int, chooser: Callable[[int], Chooser]) -> Iterator[Result]:
    """Releases of each kind in turn, until so many processes were killed.

    Args:
        chooser: how the nth release (from 0) is killed.
    """
    died = 0
    with TemporaryDirectory() as folder:
        harness, nth = Harness(Path(folder), processes=True), 0
        while died < kills:
            result = harness.run(IN_TURN[nth % len(IN_TURN)], chooser(nth))
            died, nth = died + len(result.kills), nth + 1
            yield result


def once_more(nth: int, dies: Chooser) -> Result:
    """The nth release of a long run alone."""
    with TemporaryDirectory() as folder:
        return Harness(Path(folder), processes=True).run(IN_TURN[nth % len(IN_TURN)], dies)
