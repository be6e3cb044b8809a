"""Peculiarities of an existing pipeline that deploys: runs that outlive us, lies, failures."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import local_fleet
from tests.adapters.waiting import text_in
from windlass.adapters.deployments.pipeline import PipelineDeployments
from windlass.errors import (
    NotConfigured,
    TerminalError,
    UnsupportedByVendor,
    VendorUnavailable,
    WindlassError,
)
from windlass.ports.connection import ConnectionInfo
from windlass.ports.deployments import Artifact
from windlass.spec.vendors import PipelineDeploymentSettings

EU = "production/eu-west"
#: Deploys what it is told, as slowly as the file ``wait`` is there.
DEPLOY = """\
import json, os, pathlib, time
pathlib.Path("runs").open("a").write(os.environ["VERSION"] + " ")
while pathlib.Path("wait").exists():
    time.sleep(0.02)
pathlib.Path("state").write_text(json.dumps({os.environ["VERSION"]: float(os.environ["PERCENT"])}))
"""
CURRENT = """\
import json, pathlib
state = pathlib.Path("state")
print(json.dumps({"shares": json.loads(state.read_text()) if state.exists() else {}}))
"""
RETRACT = """\
import json, os, pathlib
back = os.environ["BACK_TO"]
pathlib.Path("state").write_text(json.dumps({back: 100.0} if back else {}))
"""


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


def adapter(root: Path, **changed: Any) -> PipelineDeployments:
    python = [sys.executable, "-I", "-S", "-c"]
    commands = {"expose": [*python, DEPLOY], "current": [*python, CURRENT]}
    settings = PipelineDeploymentSettings(**{**commands, "retract": [*python, RETRACT], **changed})
    return PipelineDeployments(settings, root=root, connect=no_connection)


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return local_fleet.package(tmp_path / "packages", "1.0.0")


async def test_a_deployment_that_we_stopped_waiting_for_is_waited_for_and_not_started_twice(
    tmp_path: Path, artifact: Artifact
) -> None:
    (tmp_path / "wait").touch()
    first = asyncio.create_task(adapter(tmp_path).expose(EU, artifact, 100.0))
    await text_in(tmp_path / "runs")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(adapter(tmp_path).expose(EU, artifact, 100.0))
    await asyncio.sleep(0)
    (tmp_path / "wait").unlink()
    await second
    assert (tmp_path / "runs").read_text() == "1.0.0 "


async def test_a_retract_stops_a_deployment_that_still_runs(
    tmp_path: Path, artifact: Artifact
) -> None:
    (tmp_path / "wait").touch()
    first = asyncio.create_task(adapter(tmp_path).expose(EU, artifact, 5.0))
    await text_in(tmp_path / "runs")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await adapter(tmp_path).retract(EU, "1.0.0", None)
    (tmp_path / "wait").unlink()
    assert (await adapter(tmp_path).current(EU)).shares == {}
    assert not (tmp_path / "state").exists()


async def test_what_is_there_already_is_not_deployed_again(
    tmp_path: Path, artifact: Artifact
) -> None:
    for _ in range(2):
        await adapter(tmp_path).expose(EU, artifact, 100.0)
    assert (tmp_path / "runs").read_text() == "1.0.0 "


@pytest.mark.parametrize(
    "changed, problem",
    [
        ({"expose": [sys.executable, "-c", "print('no quota'); exit(3)"]}, "exit code 3: no quota"),
        ({"expose": ["true"]}, r"serves \{\} after 1.0.0 was to get 5 %"),
        ({"expose": ["true", "{verson}"]}, r"\{verson\} in .* stands for nothing.*did you mean"),
        ({"current": ["echo", "up"]}, "printed no JSON object"),
        ({"current": ["echo", "{}"]}, "must print"),
        ({"current": ["false"]}, "ended with 1"),
        ({"current": ["no-such-program"]}, "cannot run 'no-such-program'"),
    ],
)
async def test_a_pipeline_that_does_not_do_what_it_should_is_an_error(
    tmp_path: Path, artifact: Artifact, changed: dict[str, Any], problem: str
) -> None:
    with pytest.raises(WindlassError, match=problem):
        await adapter(tmp_path, **changed).expose(EU, artifact, 5.0)


async def test_a_retract_that_left_the_version_there_is_an_error(
    tmp_path: Path, artifact: Artifact
) -> None:
    await adapter(tmp_path).expose(EU, artifact, 100.0)
    with pytest.raises(TerminalError, match=r"serves .*1\.0\.0.* after 1\.0\.0 was taken out"):
        await adapter(tmp_path, retract=["true"]).retract(EU, "1.0.0", None)


async def test_a_store_is_halted_where_it_is_and_each_time_again(
    tmp_path: Path, artifact: Artifact
) -> None:
    """What is out stays out; the command that halts may be run twice."""
    halt = [sys.executable, "-c", "open('halted', 'a').write('!')"]
    store = adapter(tmp_path, undo="halt_only", retract=halt)
    assert store.undo == "halt_only"
    await store.expose(EU, artifact, 5.0)
    earlier = local_fleet.package(tmp_path / "packages", "0.9.0")
    for _ in range(2):
        await store.retract(EU, "1.0.0", earlier)
    assert (await store.current(EU)).shares == {"1.0.0": 5.0}
    assert (tmp_path / "halted").read_text() == "!!"


async def test_a_halt_that_lets_more_users_have_it_is_an_error(
    tmp_path: Path, artifact: Artifact
) -> None:
    more = [sys.executable, "-c", "open('state', 'w').write('{\"1.0.0\": 50.0}')"]
    store = adapter(tmp_path, undo="halt_only", retract=more)
    await store.expose(EU, artifact, 5.0)
    with pytest.raises(TerminalError, match=r"serves .*50.* after 1\.0\.0 was taken out"):
        await store.retract(EU, "1.0.0", None)


async def test_a_registry_takes_nothing_back(tmp_path: Path, artifact: Artifact) -> None:
    registry = adapter(tmp_path, undo="none", retract=None)
    await registry.expose(EU, artifact, 100.0)
    with pytest.raises(UnsupportedByVendor, match="nothing is taken back here"):
        await registry.retract(EU, "1.0.0", None)
    assert (await registry.current(EU)).shares == {"1.0.0": 100.0}


@pytest.mark.parametrize(
    "changed", [{"retract": None}, {"undo": "none"}, {"undo": "halt_only", "retract": None}]
)
def test_what_takes_back_needs_its_command_and_only_that(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="needs retract, or else undo: none"):
        adapter(tmp_path, **changed)


async def test_a_rehearsal_misses_a_program_that_is_not_there(
    tmp_path: Path, artifact: Artifact
) -> None:
    said = await adapter(tmp_path).rehearse(EU, artifact, 5.0)
    assert said.startswith("production/eu-west serves nothing; would run: ")
    with pytest.raises(NotConfigured, match="no program 'kubeclt'"):
        await adapter(tmp_path, expose=["kubeclt"]).rehearse(EU, artifact, 5.0)


@pytest.fixture
def head(tmp_path: Path) -> str:
    """The commit of a repository in the temporary folder."""
    who = ("-c", "user.name=D", "-c", "user.email=d@example.com")
    for words in (("init", "-q"), (*who, "commit", "-qm", "x", "--allow-empty")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True).strip()


async def test_a_commit_is_available_when_the_repository_has_it(tmp_path: Path, head: str) -> None:
    deployments = adapter(tmp_path)
    assert await deployments.available(Artifact("1.0.0", f"git:{head}", f"git:{head}"))
    assert not await deployments.available(Artifact("1.0.0", f"git:{head}", "git:other"))
    gone = f"git:{'0' * 40}"
    assert not await deployments.available(Artifact("1.0.0", gone, gone))


async def test_an_artifact_that_cannot_be_checked_is_not_called_available(tmp_path: Path) -> None:
    deployments = adapter(tmp_path)
    for location in ("oci://registry/shop:1.0.0", "s3://bucket/shop.tar"):
        with pytest.raises(UnsupportedByVendor, match="cannot check the digest"):
            await deployments.available(Artifact("1.0.0", location, "sha256:0"))
    unreachable = Artifact("1.0.0", "http://127.0.0.1:9/shop.tar", "sha256:0")
    with pytest.raises(VendorUnavailable, match="GET http"):
        await deployments.available(unreachable)
