"""Backups of the places' databases: made while in use, restored aside to prove them."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from demo.home import Home

_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


class NoBackup(LookupError):
    """There is no such backup."""


def create(home: Home, place: str) -> dict[str, str]:
    """Copy the place's database; `{"id", "created", "digest"}`."""
    now = datetime.now(UTC)
    name = now.strftime("%Y%m%dT%H%M%S.%fZ")
    target = home.backups / place / f"{name}.sqlite"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    _copy(home.database(place), partial)
    partial.rename(target)
    return _describe(target)


def latest(home: Home, place: str) -> dict[str, str]:
    """The newest backup.

    Raises:
        NoBackup: None was ever made.
    """
    found = sorted((home.backups / place).glob("*.sqlite"))
    if not found:
        raise NoBackup(f"no backup of {place}")
    return _describe(found[-1])


def verify(home: Home, place: str) -> list[str]:
    """Restore the newest backup aside and compare; what is wrong with it, nothing when it is good.

    Good is: SQLite finds no damage, and every table of the live database is there.
    """
    newest = home.backups / place / f"{latest(home, place)['id']}.sqlite"
    aside = newest.with_suffix(".restored")
    try:
        _copy(newest, aside)
        with (
            closing(sqlite3.connect(aside)) as copy,
            closing(sqlite3.connect(home.database(place))) as live,
        ):
            damage = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
            missing = sorted(_tables(live) - _tables(copy))
        return damage + [f"table {name} is missing" for name in missing]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        aside.unlink(missing_ok=True)


def restore(home: Home, place: str, name: str) -> None:
    """Put the backup's rows back into the live database, in one transaction of SQLite's.

    Raises:
        NoBackup: There is no backup called `name`.
    """
    source = home.backups / place / f"{name}.sqlite"
    if not _ID.fullmatch(name) or not source.is_file():
        raise NoBackup(f"no backup {name!r} of {place}")
    _copy(source, home.database(place))


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise NoBackup(f"{source}: no such database")
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _tables(database: sqlite3.Connection) -> set[str]:
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(row[0]) for row in rows}


def _describe(file: Path) -> dict[str, str]:
    made = datetime.strptime(file.stem, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"id": file.stem, "created": made.isoformat(), "digest": f"sha256:{digest}"}
