"""How a world begins and ends as a program: nobody's folder is taken, no process is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.home import Home
from demo.world import World
from tests.demo.conftest import alive_under, until

ROOT = Path(__file__).parents[2]


def test_a_folder_in_use_and_a_folder_of_somebody_else_are_left_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="not a demo's folder"):
        asyncio.run(World(Home(tmp_path), rate=0).start())
    used = tmp_path / "used"
    used.mkdir()
    (used / "registry.json").write_text(json.dumps({"pid": os.getppid()}))
    with pytest.raises(FileExistsError, match="stop it first"):
        asyncio.run(World(Home(used), rate=0).start())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_demo(tmp_path: Path, number: signal.Signals) -> None:
    """However it ends; after Ctrl-C the traffic source has had all its answers."""
    home = Home(tmp_path / "demo")
    command = [sys.executable, "-m", "demo.world", "--home", str(home.root), "--rate", "20"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as demo:
        asyncio.run(until(lambda: _sent(home) > 5))
        assert len(alive_under(tmp_path)) >= 8
        demo.send_signal(number)
        assert demo.wait(30) == (-number if number is signal.SIGKILL else 0)
    asyncio.run(until(lambda: not alive_under(tmp_path)))
    if number is signal.SIGINT:
        summary = json.loads(home.traffic.read_text(encoding="utf-8"))
        assert (summary["final"], summary["failed_by_rollout"]) == (True, 0)


def _sent(home: Home) -> int:
    if not home.traffic.exists():
        return 0
    regions = json.loads(home.traffic.read_text(encoding="utf-8"))["regions"]
    return min(region["sent"] for region in regions.values())
