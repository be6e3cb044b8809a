"""A worker that is about to expose a release, for the test that stops it there. Run as a program.

Arguments: the world's folder, the folder of templates, the release, the task, what time it is. It
says ``about to expose`` when it has written down what it is going to do, waits for a line, goes on,
and says how that ended and how many calls reached the vendor.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from tests.tasks import shop
from tests.tasks.meeting_world import EU
from tests.tasks.world import World
from windlass.errors import WindlassError
from windlass.ledger import open_ledger
from windlass.ports.deployments import Exposure
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.exposing import expose


async def go_on(world: World, release_id: str, task: str) -> str:
    """Expose to everybody; the name of the error, or ``exposed``."""
    release = world.take_up(release_id)
    old, new = world.artifact("1.3.0"), artifact_of(release)
    world.deployments.put(EU, old)
    shown = world.deployments.current

    async def slow(target: str) -> Exposure:
        found = await shown(target)
        sys.stdout.write("about to expose\n")
        sys.stdout.flush()
        sys.stdin.readline()
        return found

    world.deployments.current = slow  # type: ignore[method-assign] # reads as slowly as it is told
    try:
        await expose(release, release.plan.task(task), EU, new, 100.0)
    except WindlassError as error:
        return type(error).__name__
    return "exposed"


def main() -> None:
    """Run the worker."""
    root, templates, release_id, task, now = sys.argv[1:]
    ledger = open_ledger(f"sqlite:///{Path(root) / 'ledger.db'}")
    product = shop.product(Path(templates), "{}").model_copy(update={"root": root})
    world = World(Path(root), ledger, product)
    world.clock.at = datetime.fromisoformat(now)
    ended = asyncio.run(go_on(world, release_id, task))
    sys.stdout.write(f"{ended} after {len(world.deployments.calls)} calls\n")


if __name__ == "__main__":
    main()
