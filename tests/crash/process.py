"""One life of a release in a process of its own, which SIGKILL ends at a boundary.

The world outside (deployments, metrics, pipelines, what the reaper counted, the time) is no part of
that process: what became of it is in a file when the process dies. All else is on disk anyway.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.crash.dying import Reaper
from tests.tasks.world import BY_HAND, World


@dataclass(frozen=True, slots=True)
class Outside:
    """What outlives a process, in a file of the world's folder."""

    world: World
    reaper: Reaper

    @property
    def _path(self) -> Path:
        return self.world.root / "outside.pickle"

    def keep(self, said: str | None = None) -> None:
        """Write it down; ``said`` is how the process ended by itself."""
        kept = {name: _plain(getattr(self.world, name)) for name in BY_HAND}
        self._path.write_bytes(pickle.dumps((kept, self.world.clock.at, self.reaper.counted, said)))

    def restore(self) -> str | None:
        """As the process left it; what it said at its end, None when it was killed."""
        kept, self.world.clock.at, self.reaper.counted, said = pickle.loads(self._path.read_bytes())
        for name, values in kept.items():
            vars(getattr(self.world, name)).update(values)
        self._path.unlink()
        return None if said is None else str(said)


def live(outside: Outside, work: Callable[[], str]) -> str | None:
    """Run ``work`` in another process; what it says at its end, None when SIGKILL ended it.

    Raises:
        RuntimeError: it ended in another way.
    """
    outside.world.ledger.close()  # no connection is shared with another process
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        _inside(outside, work)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the process of the release ended with {status}")
    said = outside.restore()
    if (said is None) != (status == -signal.SIGKILL):
        raise RuntimeError(f"the process ended with {status} and said {said!r}")
    return said


def _inside(outside: Outside, work: Callable[[], str]) -> NoReturn:
    def die() -> NoReturn:
        outside.keep()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive after SIGKILL")

    try:
        outside.reaper.die = die
        outside.keep(work())
    except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as the parent
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)
    os._exit(0)


def _plain(fake: Any) -> dict[str, Any]:
    """What a hand-written adapter remembers, without its ties to others and to the test."""
    tied = ("clock", "deployments")
    return {k: v for k, v in vars(fake).items() if k not in tied and not callable(v)}
