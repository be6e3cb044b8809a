"""Releases of the plain world at moments that pages show, and an Airflow to ask who is who.

A world runs each of them once; every test gets a copy of its ledger.
"""

from __future__ import annotations

import asyncio
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.conftest import migrated, templates  # noqa: F401 - fixtures
from tests.tasks.world import LEDGER_POLL, PATIENCE, Clock, World, make_world
from windlass.board.book import Book
from windlass.board.snapshot import Snapshot, folded, snapshot
from windlass.ledger import Ledger, open_ledger
from windlass.ledger.views.release import Asked
from windlass.tasks.opening import take_up
from windlass.tasks.release import Release
from windlass.tasks.runner import run_release

with warnings.catch_warnings():
    # Airflow's own dependencies import the test client, which deprecates the httpx it is given.
    warnings.simplefilter("ignore")
    import starlette.testclient  # noqa: F401

#: Up to the acceptance gate, which waits for the product manager and a stakeholder.
ACCEPTANCE = (
    "validation.cut",
    "validation.candidate",
    "validation.quality.security",
    "validation.quality.gate",
    "validation.acceptance.approval",
    "validation.acceptance.gate",
)
ROLLOUT = (
    "validation.cut",
    "validation.candidate",
    "execution.open",
    "execution.production.step",
    "execution.production.judge",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger in a file, the instant it was left at, and the release in it."""

    database: Path
    clock: Clock
    release_id: str


@dataclass(slots=True)
class Shown:
    """A copy of a kept ledger, and the release in it as another process takes it up."""

    database: Path
    ledger: Ledger
    clock: Clock
    release: Release

    @property
    def snapshot(self) -> Snapshot:
        """The release as a page reads it."""
        known = folded(self.release.id, self.ledger.events(self.release.id))
        assert known is not None
        return snapshot(known, Book(self.ledger), clock=self.clock.now)


async def nobody(release: Release, asked: Asked) -> None:
    """People who let things wait."""


async def until_stuck(world: World, release: Release) -> None:
    """Run until nothing moves because people are waited for."""
    with pytest.raises(TimeoutError):
        await run_release(
            release, time=world.clock, people=nobody, patience=PATIENCE, ledger_poll=LEDGER_POLL
        )


def no_ports(product: object) -> Any:
    """Nothing outside is asked or changed here."""
    return None


Build = Callable[[str, Callable[[World], Release]], Kept]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory, templates: Path, migrated: Path) -> Build:  # noqa: F811
    """Runs a world and keeps its ledger."""

    def made(name: str, play: Callable[[World], Release]) -> Kept:
        world = make_world(tmp_path_factory.mktemp(name), templates, migrated)
        release = play(world)
        world.ledger.close()
        return Kept(world.root / "ledger.db", world.clock, release.id)

    return made


@pytest.fixture(scope="session")
def kept_waiting(build: Build) -> Kept:
    """Acceptance waits for mia and for sam."""

    def play(world: World) -> Release:
        release = world.open(rows=ACCEPTANCE)
        asyncio.run(until_stuck(world, release))
        return release

    return build("waiting", play)


@pytest.fixture(scope="session")
def kept_ended(build: Build) -> Kept:
    """Rolled out and judged to its end."""

    def play(world: World) -> Release:
        world.reply("execution.production", "advance one step", "ops", reason="no baseline left")
        release = world.open(rows=ROLLOUT)
        asyncio.run(world.run(release))
        return release

    return build("ended", play)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Callable[[Kept], Shown]]:
    """Copies kept ledgers."""
    opened: list[Ledger] = []

    def one(kept: Kept) -> Shown:
        database = Path(shutil.copy(kept.database, tmp_path / f"{len(opened)}.db"))
        ledger, clock = open_ledger(f"sqlite:///{database}"), Clock(kept.clock.at)
        opened.append(ledger)
        release = take_up(ledger, kept.release_id, connect=no_ports, clock=clock.now)
        return Shown(database, ledger, clock, release)

    yield one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def waiting(copy: Callable[[Kept], Shown], kept_waiting: Kept) -> Shown:
    """A release whose acceptance seats wait."""
    return copy(kept_waiting)


@pytest.fixture
def ended(copy: Callable[[Kept], Shown], kept_ended: Kept) -> Shown:
    """A release that was rolled out and judged to its end."""
    return copy(kept_ended)


@pytest.fixture
def web(waiting: Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The app as the API server mounts it, on the ledger of ``waiting``; log in: ``as_user``."""
    from airflow.api_fastapi.app import create_auth_manager

    from tests.board.web import Web
    from windlass.connections import configured_ledger

    monkeypatch.setenv("WINDLASS_LEDGER_URL", f"sqlite:///{waiting.database}")
    create_auth_manager()
    made = Web()
    with made.client:
        yield made
    configured_ledger().close()
