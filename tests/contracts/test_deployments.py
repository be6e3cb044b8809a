"""What every ``deployments`` adapter must do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import local_fleet
from windlass.adapters.registry import choices
from windlass.errors import InputError, TerminalError, WindlassError
from windlass.ports.deployments import Artifact, Deployments, Exposure

TARGET = "production/eu-west"

#: An existing tool that deploys: it keeps its state in a file, and does as it is told.
TOOL = """\
import json, pathlib, sys
verb, environment, region, version, percent, digest = sys.argv[1:7]
state = pathlib.Path(f"state-{environment}-{region}.json")
shares = json.loads(state.read_text()) if state.exists() else {}
if verb == "expose":
    stable = max((v for v in shares if v != version), key=shares.get, default=None)
    percent = float(percent) if stable else 100.0
    shares = {version: percent}
    if stable and percent < 100:
        shares[stable] = 100.0 - percent
elif verb == "retract":
    shares = {percent: 100.0} if percent else {}
state.write_text(json.dumps(shares))
print("a line that is no JSON")
print(json.dumps({"shares": shares}))
"""


def tool(*words: str) -> list[str]:
    verb, *rest = words
    return [sys.executable, "-I", "-S", "tool.py", verb, "{environment}", "{region}", *rest]


@pytest.fixture(params=choices("deployments"))
async def deployments(
    request: pytest.FixtureRequest, tmp_path: Path, make: Callable[..., Any]
) -> AsyncIterator[Deployments]:
    """An adapter whose target ``production/eu-west`` runs nothing yet."""
    (tmp_path / "tool.py").write_text(TOOL)
    settings = {
        "processes": {"fleet": "fleet/registry.json", "replicas": 2},
        "pipeline": {
            "expose": tool("expose", "{version}", "{percent}", "{digest}"),
            "current": tool("current", "", "", ""),
            "retract": tool("retract", "{version}", "{back_to}", ""),
        },
    }
    if request.param == "processes":
        async with local_fleet.running(tmp_path / "fleet", "eu-west"):
            yield make("deployments", request.param, settings[request.param])
    else:
        yield make("deployments", request.param, settings[request.param])


@pytest.fixture
def old(tmp_path: Path) -> Artifact:
    return local_fleet.package(tmp_path / "packages", "1.0.0")


@pytest.fixture
def new(tmp_path: Path) -> Artifact:
    return local_fleet.package(tmp_path / "packages", "1.1.0")


def served(exposure: Exposure) -> dict[str, float]:
    return {version: share for version, share in exposure.shares.items() if share}


async def test_an_empty_target_serves_nothing(deployments: Deployments) -> None:
    exposure = await deployments.current(TARGET)
    assert served(exposure) == {}
    assert exposure.stable is None


async def test_a_first_version_gets_all_of_the_traffic(
    deployments: Deployments, old: Artifact
) -> None:
    await deployments.expose(TARGET, old, 5.0)
    assert served(await deployments.current(TARGET)) == {"1.0.0": 100.0}


async def test_a_version_is_exposed_step_by_step_and_takes_over(
    deployments: Deployments, old: Artifact, new: Artifact
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    for percent in (5.0, 5.0, 25.0, 50.0):
        await deployments.expose(TARGET, new, percent)
        exposure = await deployments.current(TARGET)
        assert served(exposure) == {"1.0.0": 100.0 - percent, "1.1.0": percent}
        assert exposure.share("1.1.0") == percent
    await deployments.expose(TARGET, new, 100.0)
    exposure = await deployments.current(TARGET)
    assert (served(exposure), exposure.stable) == ({"1.1.0": 100.0}, "1.1.0")


@pytest.mark.parametrize("percent", [5.0, 100.0])
async def test_retract_puts_all_traffic_back_and_may_be_repeated(
    deployments: Deployments, old: Artifact, new: Artifact, percent: float
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    await deployments.expose(TARGET, new, percent)
    for _ in range(2):
        await deployments.retract(TARGET, "1.1.0", old)
        exposure = await deployments.current(TARGET)
        assert (served(exposure), exposure.share("1.1.0")) == ({"1.0.0": 100.0}, 0.0)


async def test_a_first_version_is_retracted_to_an_empty_target_and_can_come_again(
    deployments: Deployments, old: Artifact
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    await deployments.retract(TARGET, "1.0.0", None)
    exposure = await deployments.current(TARGET)
    assert (served(exposure), exposure.stable) == ({}, None)
    await deployments.expose(TARGET, old, 100.0)
    assert served(await deployments.current(TARGET)) == {"1.0.0": 100.0}


async def test_an_artifact_is_available_only_with_its_digest(
    deployments: Deployments, old: Artifact, tmp_path: Path
) -> None:
    assert await deployments.available(old)
    assert not await deployments.available(replace(old, digest="sha256:" + "0" * 64))
    assert not await deployments.available(replace(old, location=str(tmp_path / "gone.tar")))


async def test_a_rehearsal_says_what_would_happen_and_changes_nothing(
    deployments: Deployments, old: Artifact, new: Artifact
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    before = await deployments.current(TARGET)
    said = await deployments.rehearse(TARGET, new, 5.0)
    assert "1.1.0" in said
    assert "5" in said
    assert await deployments.current(TARGET) == before
    with pytest.raises(TerminalError, match="not there"):
        await deployments.rehearse(TARGET, replace(new, digest="sha256:" + "0" * 64), 5.0)


async def test_a_package_with_another_digest_is_not_exposed(
    deployments: Deployments, old: Artifact, new: Artifact
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    with pytest.raises(TerminalError):
        await deployments.expose(TARGET, replace(new, digest="sha256:" + "0" * 64), 5.0)
    assert served(await deployments.current(TARGET)) == {"1.0.0": 100.0}


@pytest.mark.parametrize("percent", [0.0, -1.0, 100.1, float("nan")])
async def test_an_exposure_that_is_none_is_refused(
    deployments: Deployments, old: Artifact, percent: float
) -> None:
    with pytest.raises(InputError, match="no exposure"):
        await deployments.expose(TARGET, old, percent)


@pytest.mark.parametrize("version", ["1.2", "v1.2.3; rm -rf /", "../1.0.0", "-1.0.0", ""])
async def test_a_version_that_is_none_is_refused(
    deployments: Deployments, old: Artifact, version: str
) -> None:
    with pytest.raises(InputError, match="not a version"):
        await deployments.expose(TARGET, replace(old, version=version), 5.0)


async def test_two_callers_at_once_leave_the_state_that_both_want(
    deployments: Deployments, old: Artifact, new: Artifact
) -> None:
    await deployments.expose(TARGET, old, 100.0)
    done = await asyncio.gather(
        *(deployments.expose(TARGET, new, 25.0) for _ in range(3)), return_exceptions=True
    )
    assert all(result is None or isinstance(result, WindlassError) for result in done)
    assert None in done
    assert served(await deployments.current(TARGET)) == {"1.0.0": 75.0, "1.1.0": 25.0}
