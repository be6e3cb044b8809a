"""Hold a row of a database, so that a process can be killed at the write that waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import URL, Connection, NullPool, create_engine, text


class Row(StrEnum):
    """What can be held, as the query that holds it."""

    #: The head of a release's stream: no event can be appended to it.
    LEDGER = "SELECT 1 FROM windlass_streams WHERE stream = :key FOR UPDATE"
    #: Airflow's required action of a task instance: it cannot take an answer.
    ACTION = "SELECT 1 FROM hitl_detail WHERE ti_id = :key FOR UPDATE"


@contextmanager
def locked(url: URL, row: Row, key: str) -> Iterator[Connection]:
    """Hold it until the block ends or its transaction does."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.execute(text(row.value), {"key": key}).first(), f"no row {key}"
        yield connection
        connection.rollback()


def until_found(url: URL, query: str, *, seconds: float, **values: str) -> None:
    """Ask until the query finds a row.

    Raises:
        AssertionError: it found none in that time.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    until = time.monotonic() + seconds
    with engine.connect() as connection:
        while time.monotonic() < until:
            if connection.execute(text(query), values).first():
                return
            time.sleep(0.1)
    raise AssertionError(f"nothing in {seconds:g} s: {query}")
