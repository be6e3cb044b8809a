"""Requests lost while good versions come and go: ``python -m benchmarks.draining [--rounds N]``.

The demo's own router, agent and replicas as processes, its shoppers at a steady rate, and the
adapter that a release moves traffic with. A round is a roll-out of 1.1.0 (5 %, then everybody) and
the roll-back to 1.0.0. Prints the counts; exits 1 when a single request was lost to it. A hundred
rounds by default, ``--short`` makes three.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from benchmarks.tables import Goal, table
from demo import databases
from demo.agent import Agent
from demo.fleet import Fleet, Place
from demo.home import Home
from demo.listener import Listener
from demo.releases import digest, install
from demo.repository import Repository
from demo.tally import Tally
from demo.traffic import RegionTraffic
from demo.world import build, give_traffic
from windlass.adapters.deployments.processes import ProcessDeployments
from windlass.ports.deployments import Artifact
from windlass.spec.vendors import ProcessesSettings

OLD, NEW, REGION = "1.0.0", "1.1.0", "eu-west"
TARGET = f"production/{REGION}"
ROUNDS, SHORT, RATE = 100, 3, 60.0


def no_connection(name: str) -> NoReturn:
    """The fleet of this machine needs none."""
    raise LookupError(name)


async def packages(home: Home) -> dict[str, Artifact]:
    """Both versions, built from the demo's repository and installed."""
    repository = Repository.create(home.repository)
    made = {}
    for version in (OLD, NEW):
        repository.advance_to(version)
        ref = f"v{version}" if version == OLD else "main"
        file = await asyncio.to_thread(build, home, repository, ref)
        install(home, version, file)
        made[version] = Artifact(version, str(file), digest(file))
    return made


@asynccontextmanager
async def running(home: Home) -> AsyncIterator[Place]:
    """One region with the old version behind its router; nothing of it is left afterwards."""
    fleet = Fleet(home)
    listener = Listener(Agent(fleet).answer)
    fleet.agent_url = await listener.start()
    try:
        place = await fleet.add_place(REGION)
        await databases.migrate(home, REGION, NEW)
        await fleet.scale(place, OLD, 1)
        await give_traffic(place, OLD)
        yield place
    finally:
        await listener.close()
        await asyncio.to_thread(fleet.stop)


async def move(home: Home, made: dict[str, Artifact], rounds: int) -> None:
    """Out and back, so often."""
    settings = ProcessesSettings(fleet=home.registry.name, replicas=1)
    deployments = ProcessDeployments(settings, root=home.root, connect=no_connection)
    for _ in range(rounds):
        for percent in (5.0, 100.0):
            await deployments.expose(TARGET, made[NEW], percent)
        await deployments.retract(TARGET, NEW, made[OLD])


async def measure(root: Path, rounds: int, rate: float) -> tuple[Tally, float]:
    """What became of the shoppers' requests, and the seconds it took."""
    home = Home(root)
    made = await packages(home)
    async with running(home) as place:
        traffic, stop = RegionTraffic(REGION, place.url, rate, seed=1), asyncio.Event()
        began = time.monotonic()
        shoppers = asyncio.create_task(traffic.run(stop))
        try:
            await move(home, made, rounds)
        finally:
            stop.set()
            await shoppers
    return traffic.tally, time.monotonic() - began


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draining", description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--rate", type=float, default=RATE, help="requests per second")
    options = parser.parse_args()
    rounds = SHORT if options.short else options.rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "world"
        root.mkdir()
        tally, seconds = asyncio.run(measure(root, rounds, options.rate))
    rows = [
        ("roll-outs", f"{rounds}"),
        ("roll-backs", f"{rounds}"),
        ("requests sent", f"{tally.sent}"),
        (f"answered by {OLD}", f"{tally.answered[OLD]}"),
        (f"answered by {NEW}", f"{tally.answered[NEW]}"),
        ("errors of a version", f"{tally.service.total()}"),
        ("lost to a roll-out or roll-back", f"{tally.failed_by_rollout}"),
        ("seconds", f"{seconds:.0f}"),
    ]
    print(table(("what", "count"), rows))
    if tally.failed_by_rollout:
        print(f"router: {dict(tally.router)}; transport: {dict(tally.transport)}")
    both = min(tally.answered[OLD], tally.answered[NEW])
    goal = Goal(f"requests lost in {rounds} rounds", float(tally.failed_by_rollout), 0)
    print(goal)
    return 0 if goal.holds and both else 1


if __name__ == "__main__":
    sys.exit(main())
