"""A process uses only the schema it was written for, and says what to run otherwise."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import windlass
from windlass.decisions.verdict import Outcome
from windlass.errors import InputError, LedgerSchemaError, LedgerUnavailable
from windlass.ledger import Ledger, open_ledger, this_host
from windlass.ledger.schema import REVISIONS, migrate
from windlass.ledger.store import Store, parsed_url
from windlass.ledger.tables import METADATA, VERSION_TABLE


def set_revision(url: str, revision: str) -> None:
    store = Store(url)
    with store.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :r"), {"r": revision})
    store.close()


def test_a_ledger_of_a_newer_schema_is_refused(sqlite_url: str) -> None:
    set_revision(sqlite_url, "9999")
    with pytest.raises(LedgerSchemaError) as refused:
        open_ledger(sqlite_url)
    assert str(refused.value) == (
        f"{sqlite_url} has the ledger schema 9999, newer than {REVISIONS[-1]} which is the newest "
        "this Windlass knows; upgrade windlass in this environment: pip install --upgrade windlass"
    )
    with pytest.raises(LedgerSchemaError, match="newer"):
        open_ledger(sqlite_url, migrate=True)


def test_a_ledger_of_an_older_schema_says_to_migrate(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windlass.ledger.schema.REVISIONS", (*REVISIONS, "0999"))
    with pytest.raises(LedgerSchemaError) as refused:
        open_ledger(sqlite_url)
    assert "older than 0999 which this Windlass needs; run: windlass ledger migrate" in str(
        refused.value
    )


def test_no_ledger_yet_says_to_migrate_and_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(LedgerSchemaError, match=r"no ledger at .*; run: windlass ledger migrate"):
        open_ledger(f"sqlite:///{tmp_path}/absent/ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_a_ledger_says_to_migrate(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(LedgerSchemaError, match="no ledger in it; run: windlass ledger migrate"):
        open_ledger(f"sqlite:///{tmp_path}/empty.db")


def test_migrating_twice_changes_nothing(url: str) -> None:
    first = open_ledger(url, migrate=True)
    second = open_ledger(url, migrate=True)
    assert first.identity == second.identity
    first.close()
    second.close()


def test_two_processes_migrating_at_once_make_one_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    program = (
        "import sys; from windlass.ledger import open_ledger; "
        "print(open_ledger(sys.argv[1], migrate=True).identity.ledger_id)"
    )
    plugins = str(Path(windlass.__file__).parents[1])

    def run(_number: int) -> str:
        command = [sys.executable, "-c", program, url]
        return subprocess.run(
            command, env={"PYTHONPATH": plugins}, capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(run, range(2)))) == 1


@pytest.mark.postgres
def test_two_migrations_of_an_empty_postgresql_at_once_make_one_ledger(
    postgres_server: str,
) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE fresh")
    stores = [Store(postgres_server.replace("/postgres?", "/fresh?")) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        before = list(pool.map(migrate, stores))
    assert sorted(before, key=str) == [(REVISIONS[-1], REVISIONS[-1]), (None, REVISIONS[-1])]
    for store in stores:
        store.close()
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE fresh")


def test_the_tables_in_the_code_are_those_the_migrations_make(ledger: Ledger) -> None:
    with ledger.store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_every_migration_file_is_in_the_list_in_order() -> None:
    folder = Path(windlass.__file__).parent / "ledger" / "migrations" / "versions"
    assert tuple(sorted(path.name.split("_")[0] for path in folder.glob("0*.py"))) == REVISIONS


@pytest.mark.parametrize(
    "url,message",
    [
        ("sqlite://", "a ledger in memory dies with its process"),
        ("sqlite:///:memory:", "a ledger in memory dies with its process"),
        ("sqlite:///ledger.db", "ledger.db is a relative path"),
        ("mysql://root@localhost/x", "mysql cannot hold a ledger"),
        ("postgresql+asyncpg://u@h/d", "asyncpg cannot hold a ledger"),
        ("ledger.db", "allowed: sqlite:////path/to/ledger.db"),
    ],
)
def test_a_url_that_cannot_hold_a_ledger_is_refused(url: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        open_ledger(url)
    assert message in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_plain_postgresql_url_gets_the_installed_driver(scheme: str) -> None:
    assert parsed_url(f"{scheme}://u@h/d").drivername == "postgresql+psycopg"


def test_a_ledger_that_cannot_be_reached_is_unavailable_and_keeps_its_password() -> None:
    with pytest.raises(LedgerUnavailable) as refused:
        open_ledger("postgresql://mia:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(refused.value)
    assert "127.0.0.1:1" in str(refused.value)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look at " * 20)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        open_ledger(f"sqlite:///{tmp_path}/notes.txt")


def test_sqlite_is_for_one_host_and_one_executor(sqlite_ledger: Ledger) -> None:
    here = this_host()
    assert sqlite_ledger.identity.host == here
    assert sqlite_ledger.check_shared_use("LocalExecutor", here).passed
    celery = sqlite_ledger.check_shared_use("CeleryExecutor", here)
    assert celery.outcome is Outcome.FAIL
    assert "set WINDLASS_LEDGER_URL to a PostgreSQL database" in celery.reasons[0]
    elsewhere = sqlite_ledger.check_shared_use("LocalExecutor", "another/host")
    assert elsewhere.outcome is Outcome.FAIL
    assert here in elsewhere.reasons[0]


@pytest.mark.postgres
def test_postgresql_is_for_everybody(postgres_url: str) -> None:
    opened = open_ledger(postgres_url)
    assert opened.check_shared_use("CeleryExecutor", "any").passed
    assert opened.identity.dialect == "postgresql"
    opened.close()
