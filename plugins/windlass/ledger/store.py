"""The connection to the ledger's database, and what its errors mean to the rest of Windlass.

Two ways to use it: :meth:`Store.reading` and :meth:`Store.writing`. On SQLite a writing transaction
starts with ``BEGIN IMMEDIATE`` (one writer at a time, others queue); on PostgreSQL the head row of
the stream is locked by whoever appends to it.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from windlass.errors import InputError, LedgerUnavailable

#: Seconds a writer waits in line for another before it gives up with LedgerUnavailable.
LOCK_TIMEOUT = 30

_READING, _SNAPSHOT, _WRITING = "reading", "snapshot", "writing"
#: What a transaction says first. A listener of SQLAlchemy's could say it, too, and would make every
#: query dearer.
_FIRST = {
    ("sqlite", _SNAPSHOT): "BEGIN",
    ("sqlite", _WRITING): "BEGIN IMMEDIATE",
    ("postgresql", _WRITING): f"SET LOCAL lock_timeout = {LOCK_TIMEOUT * 1000:.0f}",
}
_POSTGRES_ISOLATION = {_SNAPSHOT: "REPEATABLE READ", _WRITING: "READ COMMITTED"}
#: PgBouncer hands each transaction to another server connection: nothing may be prepared on one.
_BEHIND_A_POOLER = {"prepare_threshold": None}
_NO_PERMISSION = "42501"


class Store:
    """An engine with the two kinds of transaction. Safe to share between threads and forks."""

    def __init__(self, url: str) -> None:
        """Does not connect yet.

        Raises:
            InputError: the URL is not one of SQLite (a file) or PostgreSQL.
        """
        self.url = parsed_url(url)
        self.dialect = self.url.get_backend_name()
        self.engine = _engine(self.url)
        # Made once: each use of execution_options makes an engine, dearer than a small query.
        self._uses = {use: _for_use(self.engine, use) for use in (_READING, _SNAPSHOT, _WRITING)}

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A connection to read with; with ``snapshot`` all its queries see one moment.

        Without, each query stands alone: to begin and end a transaction around the one query that
        most readers have would be two more trips to the database.
        """
        with self._transaction(_SNAPSHOT if snapshot else _READING) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; committed when the block ends, undone when it raises."""
        with self._transaction(_WRITING) as connection:
            yield connection

    @contextmanager
    def _transaction(self, use: str) -> Iterator[Connection]:
        first = _FIRST.get((self.dialect, use))
        try:
            with self._uses[use].begin() as connection:
                if first is not None:
                    connection.exec_driver_sql(first)
                yield connection
        except (DBAPIError, PoolTimeout, DisconnectionError) as error:
            if _is_unavailable(error):
                raise self._unavailable(error) from error
            raise

    def _unavailable(self, error: Exception) -> LedgerUnavailable:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        return LedgerUnavailable(
            f"the ledger at {self.url.render_as_string(hide_password=True)} cannot be used: "
            f"{cause[0] if cause else type(error).__name__}"
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def _is_unavailable(error: Exception) -> bool:
    """Whether the database failed us, not we it (a wrong statement, a broken constraint)."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return True
    if isinstance(error, OperationalError | InternalError | InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state == _NO_PERMISSION or type(error.orig) is sqlite3.DatabaseError


def parsed_url(url: str) -> URL:
    """The URL with a driver that is installed, or :class:`InputError` saying what is allowed."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InputError(f"ledger URL: {error}; {_ALLOWED}") from None
    if parsed.drivername in ("postgresql", "postgres"):
        driver = "psycopg" if find_spec("psycopg") else "psycopg2"
        return parsed.set(drivername=f"postgresql+{driver}")
    backend, driver = parsed.get_backend_name(), parsed.get_driver_name()
    if backend == "sqlite" and driver == "pysqlite":
        if parsed.database in (None, "", ":memory:"):
            raise InputError(f"ledger URL: a ledger in memory dies with its process; {_ALLOWED}")
        file = sqlite_file(parsed)
        if file is not None and not file.is_absolute():
            raise InputError(
                f"ledger URL: {file} is a relative path, so that each process would have a ledger "
                f"where it happens to run; {_ALLOWED}"
            )
        return parsed
    if backend == "postgresql" and driver in ("psycopg", "psycopg2"):
        return parsed
    raise InputError(f"ledger URL: {parsed.drivername} cannot hold a ledger; {_ALLOWED}")


_ALLOWED = "allowed: sqlite:////path/to/ledger.db, postgresql://user@host/database"


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite URL, None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path(str(url.database).removeprefix("file:"))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": LOCK_TIMEOUT}, pool_size=5)
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = create_engine(
            url,
            pool_size=5,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",  # what most queries want: to switch costs as much as one
            connect_args=_BEHIND_A_POOLER if url.get_driver_name() == "psycopg" else {},
        )
    os.register_at_fork(after_in_child=partial(_forget_connections, weakref.ref(engine)))
    return engine


def _for_use(engine: Engine, use: str) -> Engine:
    """The same pool of connections, with the isolation that ``use`` needs."""
    if engine.dialect.name == "postgresql" and use in _POSTGRES_ISOLATION:
        return engine.execution_options(isolation_level=_POSTGRES_ISOLATION[use])
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _FIRST
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # a commit survives the power going


def _forget_connections(engine: weakref.ref[Engine]) -> None:
    """Connections opened before a fork belong to the parent; the child opens its own."""
    alive = engine()
    if alive is not None:
        alive.dispose(close=False)
