"""A dry run in the shop's real world: repository, routers, databases, files, mail, status page."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from demo.home import Home
from demo.local import Local
from demo.project import connections, write_project
from demo.repository import Repository
from demo.screen import Screen
from demo.world import World
from tests.adapters import mail_server
from tests.adapters.mail_server import Mailbox
from tests.demo.test_world import call
from windlass.tasks.release import Release

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What the shop writes while people buy (of its databases the tables are compared, not the rows).
OF_THE_SHOP = ("logs/", "data/", "run/", "traffic.json")
#: The dry run's own record, and the package that it built to look at it.
OF_THE_RECORD = ("ledger.db", "project/.windlass/", "project/reports/")

#: Of what it would do, one thing for each kind of system.
WOULD = (
    "create branch release/1.1.0",
    "create tag v1.1.0",
    "run 'make regression'",
    "staging: run 2 replicas of 1.1.0",
    "run 'make migrate'",
    "eu-west: run 2 replicas of 1.1.0, then give it 5 % of the traffic",
    "us-east: run 2 replicas of 1.1.0, then give it 100 % of the traffic",
    "say 'storefront 1.1.0: rollout to production starts'",
    "show the maintenance 'Storefront 1.1.0' as in\\_progress",
    "publish the page 'Storefront 1.1.0: release notes'",
    "ask devops: Go/no-go: DevOps",
    "the ledger: write version.promoted",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mailbox() -> AsyncIterator[Mailbox]:
    """Where the shop's mail goes."""
    async with mail_server.running() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox
) -> AsyncIterator[tuple[World, Local]]:
    """The whole shop, with people in it, telling everything by mail."""
    world = World(Home(tmp_path_factory.mktemp("dry") / "demo"), rate=20)
    with pytest.MonkeyPatch.context() as environment:
        try:
            await world.start()
            project = write_project(world.home)
            file = project / "include/products/storefront.yaml"
            told = f"log: {{path: {world.home.root}/messages.jsonl}}"
            text = file.read_text(encoding="utf-8")
            assert told in text
            file.write_text(text.replace(told, "smtp: {to: [everybody@shop.example]}"))
            mail = {"disable_ssl": True, "disable_tls": True, "from_email": "w@shop.example"}
            server = {"host": "127.0.0.1", "port": mailbox.port, "extra": mail}
            for name, value in connections(world.home).items():
                environment.setenv(name, value)
            environment.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(server))
            local = Local(world.home, project, Screen())
            await local.start()
            yield world, local
            local.ledger.close()
        finally:
            await world.stop()


async def state(world: World, mailbox: Mailbox) -> dict[str, str]:
    """Everything that a release may change, by name, as digests."""
    home = world.home
    found: dict[str, object] = {"git refs": _refs(home), "mail": list(map(str, mailbox.mails))}
    for name, place in world.fleet.places.items():
        _, router = await call(place.admin_url, "GET", "/admin/backends")
        found[f"router {name}"] = [
            (b["version"], b["url"], b["weight"]) for b in router["backends"]
        ]
        with sqlite3.connect(f"file:{home.database(name)}?mode=ro", uri=True) as database:
            found[f"tables {name}"] = database.execute("SELECT sql FROM sqlite_master").fetchall()
    return {name: _digest(repr(each).encode()) for name, each in found.items()} | _files(home.root)


def _refs(home: Home) -> str:
    git = ["git", "-C", str(home.repository), "for-each-ref"]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout


def _simulated(release: Release) -> str:
    """What the report says that would have been done."""
    ended = release.view.ended or {}
    report = Path(ended["report"]["markdown"]).read_text(encoding="utf-8")
    return report.split("## Simulated")[1].split("\n## ")[0]


def _files(root: Path) -> Mapping[str, str]:
    names = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    kept = {
        name: path
        for name, path in names.items()
        if not name.startswith(OF_THE_SHOP + OF_THE_RECORD)
    }
    return {name: _digest(path.read_bytes()) for name, path in kept.items()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("version", ["1.1.0", "1.2.0"])
@pytest.mark.timeout(120)
async def test_a_dry_run_changes_nothing_in_the_real_world_and_lists_what_it_would(
    stage: tuple[World, Local], mailbox: Mailbox, version: str
) -> None:
    world, local = stage
    Repository(world.home.repository).advance_to(version)
    before = await state(world, mailbox)
    release = await local.release(f"dry-{version}", dry_run=True)
    assert release.view.outcome == "dry run", release.view.ended
    after = await state(world, mailbox)
    assert before == after
    simulated = _simulated(release)
    assert [what for what in WOULD if what not in simulated] == []
