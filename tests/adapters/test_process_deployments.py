"""Peculiarities of local processes behind a router: lost requests, kills anywhere, clean-up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.fleet import Fleet
from tests.adapters import local_fleet
from windlass.adapters import http_client
from windlass.adapters.deployments.processes import ProcessDeployments
from windlass.errors import NotConfigured, TerminalError, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.ports.deployments import Artifact
from windlass.spec.vendors import ProcessesSettings

EU = "production/eu-west"


class Killed(BaseException):
    """Stands for the end of the process at this point."""


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with local_fleet.running(tmp_path / "fleet", "eu-west") as running:
        yield running


@pytest.fixture
def old(tmp_path: Path) -> Artifact:
    return local_fleet.package(tmp_path / "packages", "1.0.0")


@pytest.fixture
def new(tmp_path: Path) -> Artifact:
    return local_fleet.package(tmp_path / "packages", "1.1.0")


def adapter(root: Path, *, requests: int | None = None, drain: str = "5 s") -> ProcessDeployments:
    """An adapter that is killed when it would send one more than ``requests``."""
    left = [requests]

    async def count(_: httpx.Request) -> None:
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed

    def client(**settings: Any) -> httpx.AsyncClient:
        return http_client.client(event_hooks={"request": [count]}, **settings)

    settings = ProcessesSettings(fleet="fleet/registry.json", replicas=1, drain=drain)
    return ProcessDeployments(settings, root=root, connect=no_connection, client=client)


def running_versions(fleet: Fleet) -> list[str]:
    return sorted(replica.version for replica in fleet.places["eu-west"].replicas)


async def requests_to_the_end(root: Path, move: Any) -> int:
    """How many requests an undisturbed move sends."""
    sent = 0

    async def count(_: httpx.Request) -> None:
        nonlocal sent
        sent += 1

    def client(**settings: Any) -> httpx.AsyncClient:
        return http_client.client(event_hooks={"request": [count]}, **settings)

    settings = ProcessesSettings(fleet="fleet/registry.json", replicas=1)
    await move(ProcessDeployments(settings, root=root, connect=no_connection, client=client))
    return sent


async def test_a_take_over_killed_after_any_request_is_finished_by_the_next_try(
    fleet: Fleet, tmp_path: Path, old: Artifact, new: Artifact
) -> None:
    whole = adapter(tmp_path)

    async def take_over(deployments: ProcessDeployments) -> None:
        await deployments.expose(EU, new, 100.0)

    await whole.expose(EU, old, 100.0)
    count = await requests_to_the_end(tmp_path, take_over)
    assert count > 5
    for requests in range(count):
        await whole.retract(EU, "1.1.0", old)
        assert running_versions(fleet) == ["1.0.0"]
        with pytest.raises(Killed):
            await take_over(adapter(tmp_path, requests=requests))
        await take_over(whole)
        assert running_versions(fleet) == ["1.1.0"]
        assert (await whole.current(EU)).shares == {"1.1.0": 100.0}


async def test_a_killed_first_step_is_undone_by_retract_to_the_last_process(
    fleet: Fleet, tmp_path: Path, old: Artifact, new: Artifact
) -> None:
    whole = adapter(tmp_path)
    await whole.expose(EU, old, 100.0)
    for requests in range(1, 5):
        with pytest.raises(Killed):
            await adapter(tmp_path, requests=requests).expose(EU, new, 5.0)
        await whole.retract(EU, "1.1.0", old)
        assert running_versions(fleet) == ["1.0.0"]


async def test_no_request_is_lost_while_versions_come_and_go(
    fleet: Fleet, tmp_path: Path, old: Artifact, new: Artifact
) -> None:
    deployments = adapter(tmp_path)
    await deployments.expose(EU, old, 100.0)
    answers: list[tuple[int, str]] = []
    stop = asyncio.Event()

    async def shop(path: str) -> None:
        async with http_client.client(timeout=10.0) as http:
            while not stop.is_set():
                answer = await http.get(f"{fleet.places['eu-west'].url}{path}")
                answers.append((answer.status_code, answer.text))

    async with asyncio.TaskGroup() as group:
        for path in ("/", "/", "/slow"):
            group.create_task(shop(path))
        for percent in (25.0, 100.0):
            await deployments.expose(EU, new, percent)
        await deployments.retract(EU, "1.1.0", old)
        stop.set()
    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers} == {"1.0.0", "1.1.0"}


async def test_a_version_that_does_not_drain_is_an_error_that_says_how_much_is_open(
    fleet: Fleet, tmp_path: Path, old: Artifact, new: Artifact
) -> None:
    await adapter(tmp_path).expose(EU, old, 100.0)
    await adapter(tmp_path).expose(EU, new, 1.0)
    async with http_client.client(timeout=10.0) as http:
        url = f"{fleet.places['eu-west'].url}/slow"
        waiting = asyncio.create_task(http.get(url))
        while not await open_requests(http, fleet):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.005)
        with pytest.raises(VendorUnavailable, match="1 requests in flight"):
            await adapter(tmp_path, drain="0 s").expose(EU, new, 100.0)
        assert (await waiting).status_code == 200
    await adapter(tmp_path).expose(EU, new, 100.0)
    assert running_versions(fleet) == ["1.1.0"]


async def open_requests(http: httpx.AsyncClient, fleet: Fleet) -> int:
    state = (await http.get(f"{fleet.places['eu-west'].admin_url}/admin/backends")).json()
    return sum(backend["in_flight"] for backend in state["backends"])


async def test_a_target_without_a_place_is_named_with_the_places_there_are(
    fleet: Fleet, tmp_path: Path, old: Artifact
) -> None:
    with pytest.raises(NotConfigured, match=r"'eu-wst'.*allowed: eu-west.*did you mean"):
        await adapter(tmp_path).current("production/eu-wst")


async def test_without_a_fleet_the_question_could_not_be_asked(tmp_path: Path) -> None:
    with pytest.raises(VendorUnavailable, match="is the fleet up"):
        await adapter(tmp_path).current(EU)
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "registry.json").write_text('{"places": {"eu-west": {}}}')
    with pytest.raises(TerminalError, match="not a fleet's registry"):
        await adapter(tmp_path).current(EU)
