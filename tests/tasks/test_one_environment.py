"""Two ordinary releases want the same environment; and a worker that wakes up in the wrong hour."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.tasks.meeting_world import (
    EU,
    LAST_STEP,
    SETTLE,
    STEP,
    WINDOW,
    holder,
    holding,
    ready,
)
from tests.tasks.world import DAY_0, World
from windlass.tasks.exposing import LEASE
from windlass.tasks.guarding import GONE
from windlass.tasks.looking_after import look_after
from windlass.tasks.perform import perform
from windlass.tasks.results import Done, Wait

ROOT = Path(__file__).resolve().parents[2]


async def test_the_second_waits_says_who_holds_it_and_goes_out_when_the_first_is_through(
    world: World,
) -> None:
    first = await holding(world, "minor")
    second = ready(world, "patch", "newcomer", "1.4.1")
    for task in (STEP, LAST_STEP):
        await world.do(first, task)
        waits = await perform(second, WINDOW)
        assert isinstance(waits, Wait)
        assert first.id in waits.reason
        assert holder(world) == first.id
    assert world.events(second, "exposure.stepped") == []
    await world.do(first, SETTLE)
    for task in (WINDOW, STEP, LAST_STEP, SETTLE):
        assert isinstance(await world.do(second, task), Done)
    assert world.deployments.state(EU).shares == {"1.4.1": 100.0}
    assert second.view.before[EU]["stable"] == "1.4.0"
    assert holder(world) is None


def started(*words: str) -> subprocess.Popen[str]:
    """The worker, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.tasks.late_step", *words],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}", "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.timeout(120)
async def test_a_worker_that_wakes_up_late_exposes_nothing_and_writes_nothing(
    world: World, templates: Path
) -> None:
    """A real process, stopped just before its call: settled over, and another release is there."""
    world.clock.at = DAY_0
    first = await holding(world, "minor")
    await world.do(first, STEP)
    now = world.clock.at.isoformat()
    with started(str(world.root), str(templates), first.id, LAST_STEP, now) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "about to expose\n"
        worker.send_signal(signal.SIGSTOP)

        second = ready(world, "patch", "newcomer", "1.3.1")
        world.clock.pass_(LEASE + 1)
        watchdog = world.take_up(first.id)
        acted = await look_after(watchdog, run=GONE, patience=timedelta(minutes=1))
        assert acted is not None
        assert watchdog.view.outcome == "rolled back"
        assert world.deployments.state(EU).shares == {"1.3.0": 100.0}
        assert isinstance(await world.do(second, WINDOW), Done)
        assert isinstance(await world.do(second, STEP), Done)
        before = world.ledger.events(first.id)

        worker.send_signal(signal.SIGCONT)
        said, _ = worker.communicate("go on\n", timeout=60)
    assert said == "StaleToken after 0 calls\n"
    assert world.ledger.events(first.id) == before
    assert holder(world) == second.id
    assert world.deployments.state(EU).shares == {"1.3.0": 90.0, "1.3.1": 10.0}
