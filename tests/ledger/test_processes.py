"""The same with real processes: killed in the middle of a call, or stopped and woken late."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import windlass
from tests.ledger import late_writer
from windlass.errors import EffectBusy
from windlass.ledger import Ledger

R = late_writer.R
ROOT = Path(late_writer.__file__).parents[2]
Start = Callable[[float, int], subprocess.Popen[str]]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Where the vendor keeps what was made."""
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


@pytest.fixture
def start(url: str, ledger: Ledger, made: Path) -> Iterator[Start]:
    """Starts a process and waits until its call has begun."""
    ledger.append(R, "release.opened", {"product": "storefront"}, at=datetime.now(UTC))
    running: list[subprocess.Popen[str]] = []

    def run(sleep: float, token: int) -> subprocess.Popen[str]:
        paths = os.pathsep.join((str(Path(windlass.__file__).parents[1]), str(ROOT)))
        process = subprocess.Popen(
            [sys.executable, late_writer.__file__, url, str(made), str(sleep), str(token)],
            env={"PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "calling\n"
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


async def make_patiently(ledger: Ledger, made: Path, token: int) -> object:
    """What a retried task does: try again while the first try may be alive."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await late_writer.make(ledger, made, 0, token)
            except EffectBusy:
                await asyncio.sleep(0.05)


async def test_a_process_killed_in_its_call_leaves_the_effect_to_the_next(
    ledger: Ledger, start: Start, made: Path
) -> None:
    process = start(60, 1)
    process.kill()
    process.wait()
    assert await make_patiently(ledger, made, 1) == {"made": True}
    assert late_writer.made_in(made) == 1


async def test_a_process_stopped_in_its_call_and_woken_late_changes_nothing(
    ledger: Ledger, start: Start, made: Path
) -> None:
    """Its claim was taken over while it slept; when it wakes its time is over."""
    process = start(0.5, 1)
    process.send_signal(signal.SIGSTOP)
    token = ledger.bump_token(R)
    assert await make_patiently(ledger, made, token) == {"made": True}
    before = ledger.events(R)
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=20)
    assert output == "StaleToken\n"
    assert ledger.events(R) == before
