"""A repository, packages and running routers for the tests of the demo."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from demo import wire
from demo.backends import Wish
from demo.home import Home
from demo.listener import Listener
from demo.repository import Repository
from demo.router import Router
from demo.world import build


@pytest.fixture(scope="session")
def storefront(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The repository with every version on `main`; nobody changes it."""
    made = Repository.create(tmp_path_factory.mktemp("repository") / "storefront.git")
    made.advance_to("1.2.1")
    return made


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds the package of a version, once."""
    root = tmp_path_factory.mktemp("packages")
    built: dict[str, Path] = {}

    def get(version: str) -> Path:
        if version not in built:
            repository = Repository.create(root / version / "storefront.git")
            repository.advance_to(version)
            built[version] = build(Home(root / version), repository, "main")
        return built[version]

    return get


class Backend:
    """A real HTTP server that answers with its version, when the test lets it."""

    def __init__(self, version: str, status: int = 200) -> None:
        self.version = version
        self.status = status
        self.listener = Listener(self.answer)
        self.gate = asyncio.Event()
        self.gate.set()
        self.answered = 0
        self.waiting = 0

    async def answer(self, _: wire.Message) -> wire.Message:
        """The version in the header, once the gate is open."""
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        self.answered += 1
        headers = {"X_Storefront_Version": self.version}
        return wire.response(self.status, "Whatever", b"hello", "text/plain", **headers)

    def wish(self, weight: float) -> Wish:
        """This backend with a weight."""
        return Wish(self.version, self.listener.url, weight)


@asynccontextmanager
async def backend(version: str, status: int = 200) -> AsyncIterator[Backend]:
    """Serve until the block ends."""
    made = Backend(version, status)
    await made.listener.start()
    try:
        yield made
    finally:
        made.gate.set()
        await made.listener.close()


@pytest.fixture
async def router() -> AsyncIterator[tuple[Router, str]]:
    """A router and its public address."""
    made = Router("eu-west")
    listener = Listener(made.forward, lambda: made.counters.failed("bad_request"))
    yield made, await listener.start()
    for known in made.table.serving:
        known.connections.close()
    await listener.close()


async def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition of the real world; fail when it does not come."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.005)


async def in_time(call: Awaitable[object]) -> object:
    """Await something that must not hang."""
    return await asyncio.wait_for(call, 20.0)


def alive_under(folder: Path) -> list[str]:
    """Command lines of the processes that name this folder; those that ended don't count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(folder) in command and state != "Z":
                found.append(command)
    return found
