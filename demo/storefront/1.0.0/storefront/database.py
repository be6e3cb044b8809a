"""The shop's SQLite database: connections, migrations, backups.

A migration is a file `migrations/NNNN_<kind>_<name>.sql`; `PRAGMA user_version` is the number of
the last one that ran. `expand` migrations only add: the release before goes on working on top of
them. The lines after `-- undo` take the migration back.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from storefront.release import ROOT

MIGRATIONS = ROOT / "migrations"
UNDO = "-- undo"


class SchemaError(Exception):
    """The database is not on the schema that this release needs."""


class Database:
    """One connection per thread to one SQLite file in WAL mode."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode."""
        found = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = found
        return found

    def version(self) -> int:
        """The number of the last migration that ran; 0 for an empty database."""
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def require_schema(self) -> None:
        """Refuse a database that lacks a migration of this release.

        Raises:
            SchemaError: The database is older than this release.
        """
        if self.version() < latest():
            raise SchemaError(
                f"{self.path} is at migration {self.version()}, this release needs {latest()}:"
                " run `python -m storefront migrate` first"
            )


def scripts() -> dict[int, Path]:
    """The migrations of this release by number, in order."""
    return {int(path.name[:4]): path for path in sorted(MIGRATIONS.glob("[0-9]*.sql"))}


def latest() -> int:
    """The number of this release's last migration."""
    return max(scripts())


def migrate(database: Database, target: int | None = None) -> list[str]:
    """Bring the database up (or down) to `target`; names what ran.

    By default up to this release's latest: what a newer release has expanded stays, since the
    release before works on top of it.
    """
    goal = max(latest(), database.version()) if target is None else target
    known = scripts()
    done: list[str] = []
    while (now := database.version()) < goal:
        _run(database, _halves(known[now + 1])[0], now + 1)
        done.append(f"up {known[now + 1].name}")
    while (now := database.version()) > goal:
        if now not in known:
            raise SchemaError(f"migration {now} is of a newer release: undo it with that release")
        _run(database, _halves(known[now])[1], now - 1)
        done.append(f"down {known[now].name}")
    return done


def _halves(script: Path) -> tuple[str, str]:
    up, _, down = script.read_text(encoding="utf-8").partition(UNDO)
    return up, down


def _run(database: Database, sql: str, version: int) -> None:
    # user_version is part of the transaction, so a crash leaves the old schema or the new one.
    database.connection().executescript(
        f"BEGIN IMMEDIATE;{sql};PRAGMA user_version={version};COMMIT;"
    )


def check(database: Database) -> None:
    """Look for damage and for a schema that this release does not know.

    Raises:
        SchemaError: Says what is wrong.
    """
    damage = [row[0] for row in database.connection().execute("PRAGMA quick_check")]
    if damage != ["ok"]:
        raise SchemaError(f"{database.path} is damaged: {'; '.join(damage)}")
    database.require_schema()


def backup(database: Database, target: Path) -> None:
    """Copy the database, consistently and while it is in use, into `target`."""
    copy = sqlite3.connect(target)
    try:
        database.connection().backup(copy)
    finally:
        copy.close()
