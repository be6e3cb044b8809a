"""What every ``infrastructure``, ``configuration`` and ``backups`` adapter must do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import TerminalError, VendorUnavailable
from windlass.ports.environments import Backups, Configuration, Drift, Infrastructure

COMPARE = """\
import pathlib, sys
wanted = pathlib.Path(sys.argv[1])
if not wanted.exists():
    sys.exit("no such environment")
print("replicas: 2 -> 3" if wanted.read_text() else "", end="")
sys.exit(2 if wanted.read_text() else 0)
"""
BACKUP = """\
import datetime, json, pathlib, sys
verb, region, wanted = (sys.argv[1:] + ["", ""])[:3]
folder = pathlib.Path("backups", region)
folder.mkdir(parents=True, exist_ok=True)
made = sorted(folder.glob("*.json"))
if verb == "create":
    if pathlib.Path("disk-full").exists():
        sys.exit("no space left")
    about = {"id": f"b{len(made) + 1}", "created": f"2026-12-01T10:00:0{len(made)}Z"}
    (folder / f"{len(made)}.json").write_text(json.dumps(about))
    print("copying", flush=True)
    print(json.dumps(about))
elif verb == "latest":
    print(made[-1].read_text() if made else "{}")
elif verb == "verify":
    if wanted not in [json.loads(one.read_text())["id"] for one in made]:
        sys.exit(1)
    if pathlib.Path("damaged").exists():
        print("table orders is missing")
        sys.exit(2)
"""
EU = "production/eu-west"
PYTHON = (sys.executable, "-I", "-S")


@pytest.fixture(params=["infrastructure.command", "configuration.command"])
def drifting(
    request: pytest.FixtureRequest, tmp_path: Path, make: Callable[..., Any]
) -> Infrastructure | Configuration:
    """An adapter whose environment ``production`` is as declared."""
    (tmp_path / "compare.py").write_text(COMPARE)
    (tmp_path / "production").write_text("")
    port, vendor = request.param.split(".")
    verb = {"infrastructure": "plan", "configuration": "check"}[port]
    return make(port, vendor, {verb: [*PYTHON, "compare.py", "{environment}"]})


def test_the_suite_knows_every_vendor() -> None:
    assert choices("infrastructure") == choices("configuration") == ("command",)


async def test_drift_is_said_with_what_differs(drifting: Infrastructure, tmp_path: Path) -> None:
    assert await drifting.drift("production") == Drift(drifted=False)
    (tmp_path / "production").write_text("x")
    assert await drifting.drift("production") == Drift(drifted=True, detail="replicas: 2 -> 3")
    assert (await drifting.drift("production/eu-west")).drifted


async def test_an_error_is_neither_drift_nor_none(drifting: Infrastructure) -> None:
    with pytest.raises(VendorUnavailable, match="no such environment"):
        await drifting.drift("elsewhere")


@pytest.fixture(params=choices("backups"))
def backups(request: pytest.FixtureRequest, tmp_path: Path, make: Callable[..., Any]) -> Backups:
    """An adapter whose targets have no backup yet."""
    (tmp_path / "backup.py").write_text(BACKUP)
    tool = [*PYTHON, "backup.py"]
    settings = {
        "command": {
            "create": [*tool, "create", "{region}"],
            "latest": [*tool, "latest", "{region}"],
            "verify": [*tool, "verify", "{region}", "{id}"],
            "restore": [*tool, "restore", "{region}", "{id}"],
        }
    }
    return make("backups", request.param, settings[request.param])


async def test_a_backup_is_made_once_per_marker_and_found_by_it(backups: Backups) -> None:
    assert await backups.newest(EU) is None
    assert await backups.find(EU, "m") is None
    made = await asyncio.gather(*(backups.create(EU, marker="m") for _ in range(3)))
    assert made[0] == made[1] == made[2] == await backups.find(EU, "m")
    assert made[0].id == "b1"
    assert made[0].made_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert await backups.newest(EU) == made[0]
    assert await backups.newest("production/us-east") is None
    assert await backups.find("production/us-east", "m") is None


async def test_the_newest_backup_is_the_one_made_last(backups: Backups) -> None:
    await backups.create(EU, marker="one")
    second = await backups.create(EU, marker="two")
    assert await backups.newest(EU) == second


async def test_a_failed_backup_is_an_error_is_not_found_and_can_be_tried_again(
    backups: Backups, tmp_path: Path
) -> None:
    (tmp_path / "disk-full").touch()
    with pytest.raises(TerminalError, match="no space left"):
        await backups.create(EU, marker="m")
    assert await backups.find(EU, "m") is None
    (tmp_path / "disk-full").unlink()
    assert (await backups.create(EU, marker="m")).id == "b1"


async def test_a_proven_restore_is_remembered(backups: Backups) -> None:
    made = await backups.create(EU, marker="m")
    assert made.restore_proven_at is None
    assert await backups.prove_restore(EU, made.id) == Drift(drifted=False)
    newest = await backups.newest(EU)
    assert newest is not None
    assert newest.restore_proven_at is not None


async def test_a_restore_that_differs_proves_nothing(backups: Backups, tmp_path: Path) -> None:
    made = await backups.create(EU, marker="m")
    (tmp_path / "damaged").touch()
    found = await backups.prove_restore(EU, made.id)
    assert found == Drift(drifted=True, detail="table orders is missing")
    newest = await backups.newest(EU)
    assert newest is not None
    assert newest.restore_proven_at is None


async def test_a_backup_that_does_not_exist_cannot_be_proven(backups: Backups) -> None:
    with pytest.raises(VendorUnavailable):
        await backups.prove_restore(EU, "b9")
