"""The whole world with real processes: releases, the bad version, stopping."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo import place as places
from demo import wire
from demo.connections import Connections
from demo.home import Home
from demo.releases import digest
from demo.repository import Repository
from demo.shoppers import Shoppers
from demo.tally import Tally
from demo.world import World
from tests.demo.conftest import until

Package = Callable[[str], Path]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world without traffic of its own, for the whole module."""
    made = World(Home(tmp_path_factory.mktemp("world") / "demo"), rate=0)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def place(world: World) -> str:
    """A place of the test's own, with one replica of 1.0.0."""
    name = f"place-{len(world.fleet.places)}"
    await world.start_place(name, replicas=1)
    return name


async def call(
    url: str, method: str, path: str, document: object = None
) -> tuple[int, dict[str, Any]]:
    server = Connections(url)
    body = b"" if document is None else json.dumps(document).encode()
    request = wire.request(method, path, "demo", body, If_Match="*")
    reply = await server.exchange(request, 30.0)
    server.close()
    return reply.status, json.loads(reply.body)


async def deploy(world: World, place: str, version: str, package: Path, weight: float) -> None:
    """What a deployment does: install, migrate, run, register, move traffic."""
    agent, admin = world.fleet.agent_url or "", world.fleet.places[place].admin_url
    release = f"/places/{place}/releases/{version}"
    wish = {"artifact": str(package), "replicas": 1}
    assert (await call(agent, "POST", f"{release}/migrate", wish))[0] == 200
    status, started = await call(agent, "PUT", release, wish)
    assert status == 200
    _, state = await call(admin, "GET", "/admin/backends")
    known = [{k: b[k] for k in ("version", "url", "weight")} for b in state["backends"]]
    new = {"version": version, "url": started["backends"][0]["url"], "weight": 0}
    assert (await call(admin, "PUT", "/admin/backends", {"backends": [*known, new]}))[0] == 200
    weights = {"1.0.0": 100 - weight, version: weight}
    assert (await call(admin, "PUT", "/weights", {"weights": weights}))[0] == 200


async def shop(world: World, place: str, errands: int) -> Tally:
    """Send the traffic source's own requests, as fast as they come back."""
    tally, url = Tally(), world.fleet.places[place].url
    connections, shoppers = Connections(url), Shoppers(place, "demo", seed=7)
    turn = asyncio.Semaphore(40)

    async def one() -> None:
        async with turn:
            errand = shoppers.next()
            reply = await connections.exchange(errand.request, 10.0)
            tally.reply(errand.kind, reply, 0.0)

    await asyncio.gather(*(one() for _ in range(errands)))
    connections.close()
    return tally


async def test_the_bad_version_fails_six_percent_of_real_traffic(
    world: World, place: str, package: Package
) -> None:
    await deploy(world, place, "1.2.0", package("1.2.0"), weight=50)
    tally = await shop(world, place, 3000)
    errors = {v: tally.service[v] / tally.answered[v] for v in tally.answered}
    assert tally.answered["1.0.0"] == tally.answered["1.2.0"] == 1500
    assert errors["1.0.0"] < 0.01
    assert 0.045 < errors["1.2.0"] < 0.08
    assert tally.service_by_kind["checkout"] > 0.8 * tally.service.total()
    assert tally.failed_by_rollout == 0
    bad = world.fleet.places[place].of("1.2.0")[0]
    assert '"error": "NotReserved"' in bad.child.log.read_text(encoding="utf-8")


async def test_a_release_and_its_way_back(world: World, place: str, package: Package) -> None:
    """1.1.0 comes, serves beside 1.0.0 on the migrated database, and leaves."""
    agent, release = world.fleet.agent_url or "", f"/places/{place}/releases/1.1.0"
    running = world.fleet.places[place]
    early = await call(agent, "PUT", release, {"artifact": str(package("1.1.0")), "replicas": 1})
    assert (early[0], "migrate" in early[1]["error"]) == (500, True)
    await deploy(world, place, "1.1.0", package("1.1.0"), weight=50)
    tally = await shop(world, place, 200)
    assert set(tally.answered) == {"1.0.0", "1.1.0"}
    assert tally.failed_by_rollout == 0

    busy = await call(agent, "DELETE", release)
    assert (busy[0], "weight 50" in busy[1]["error"]) == (409, True)
    await call(running.admin_url, "PUT", "/weights", {"weights": {"1.0.0": 100}})
    assert (await call(agent, "DELETE", release))[0] == 200
    assert (await call(agent, "DELETE", release))[0] == 200
    assert [r.version for r in running.replicas] == ["1.0.0"]


@pytest.mark.parametrize(
    "wish,why",
    [
        ({"artifact": "/nowhere.tar", "replicas": 1}, "no such package"),
        ({"replicas": 1}, "is not installed"),
        ({"artifact": "/nowhere.tar", "replicas": 0}, "1 to 8"),
        ({"digest": "sha256:0", "replicas": 1, "artifact": "PACKAGE"}, "has digest"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused(
    world: World, package: Package, wish: dict[str, object], why: str
) -> None:
    if wish.get("artifact") == "PACKAGE":
        wish = {**wish, "artifact": str(package("1.1.0"))}
    status, answer = await call(
        world.fleet.agent_url or "", "PUT", "/places/staging/releases/1.1.1", wish
    )
    assert (status, why in answer["error"]) == (422, True)


async def test_a_place_knows_when_it_is_not_as_it_should_be(
    world: World, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands that a product's YAML names: exit 0, 2 with the differences, or 1."""
    words = ["--home", str(world.home.root), "--environment", "production", "--region", place]

    async def run(*more: str) -> tuple[int, str]:
        code = await asyncio.to_thread(places.main, [*words, *more])
        return code, capsys.readouterr().out

    assert await run("check") == (0, "")
    assert await run("check-database") == (0, "")
    victim = world.fleet.places[place].replicas[0]
    os.kill(victim.child.pid, signal.SIGKILL)
    await until(lambda: not victim.child.running)
    assert await run("check") == (2, f"{victim.url} (1.0.0) has ended\n")

    assert (await run("latest-backup"))[0] == 1
    code, made = await run("backup")
    assert code == 0
    assert await run("latest-backup") == (0, made)
    assert await run("verify-backup") == (0, "")
    backup = world.home.backups / place / f"{json.loads(made)['id']}.sqlite"
    backup.write_bytes(b"not a database any more".ljust(4096))
    assert (await run("verify-backup"))[0] == 2


async def test_a_clone_of_the_repository_can_migrate_a_place_and_take_it_back(
    world: World, place: str, tmp_path: Path
) -> None:
    """The migration commands of a release run in a clone and know the place by its name."""
    repository = Repository(world.home.repository)
    repository.advance_to("1.1.0")
    repository.clone("main", tmp_path / "clone")

    async def make(*words: str) -> int:
        environment = {**os.environ, "WINDLASS_REGION": place}
        process = await asyncio.create_subprocess_exec(
            *("make", "--silent", f"PYTHON={sys.executable}", *words),
            cwd=tmp_path / "clone",
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def schema() -> object:
        return (await call(world.fleet.places[place].url, "GET", "/health"))[1]["schema"]

    assert await make("check-database") != 0
    assert await make("migrate") == 0
    assert (await schema(), await make("check-database")) == (2, 0)
    assert (await shop(world, place, 50)).failed_by_rollout == 0
    assert await make("unmigrate") == 0
    assert await schema() == 1


async def test_staging_takes_a_candidate_that_migrates(world: World, package: Package) -> None:
    status, answer = await call(
        world.fleet.agent_url or "",
        "PUT",
        "/places/staging/releases/1.1.0",
        {"artifact": str(package("1.1.0")), "replicas": 1},
    )
    assert (status, answer["backends"][0]["digest"]) == (200, digest(package("1.1.0")))
    _, health = await call(answer["backends"][0]["url"], "GET", "/health")
    assert health == {"status": "ok", "version": "1.1.0", "schema": 2}


async def test_two_worlds_live_side_by_side(world: World, tmp_path: Path) -> None:
    other = World(Home(tmp_path / "other"), rate=0)
    try:
        await other.start()
        assert (await shop(world, "eu-west", 20)).failed_by_rollout == 0
        assert (await shop(other, "eu-west", 20)).failed_by_rollout == 0
    finally:
        await other.stop()
    assert (await shop(world, "eu-west", 20)).failed_by_rollout == 0
