"""Transactions: all or nothing, across forks, and errors that say the ledger is unavailable."""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from windlass.errors import LedgerUnavailable, RetryableError
from windlass.ledger import Ledger, open_ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)


def test_a_block_that_raises_leaves_nothing(ledger: Ledger) -> None:
    ledger.append("s", "evidence", {}, at=T)
    with pytest.raises(ZeroDivisionError), ledger.store.writing() as connection:  # noqa: PT012
        connection.execute(text("UPDATE windlass_streams SET token = 7"))
        raise ZeroDivisionError
    head = ledger.head("s")
    assert head is not None
    assert head.token == 1


def test_a_forked_child_opens_its_own_connections(ledger: Ledger) -> None:
    """Executors fork: parent and child must not speak over one connection."""
    ledger.append("s", "evidence", {"by": "parent"}, at=T)
    child = os.fork()
    if child == 0:
        try:
            ledger.append("s", "evidence", {"by": "child"}, at=T)
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    ledger.append("s", "evidence", {"by": "parent"}, at=T)
    assert [event.data["by"] for event in ledger.events("s")] == ["parent", "child", "parent"]
    assert ledger.verify().ok


def test_sqlite_writes_ahead_and_syncs(sqlite_ledger: Ledger) -> None:
    with sqlite_ledger.store.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_reading_does_not_wait_for_a_writer(ledger: Ledger) -> None:
    ledger.append("s", "evidence", {}, at=T)
    with ledger.store.writing() as connection:
        connection.execute(text("UPDATE windlass_streams SET token = 7"))
        head = ledger.head("s")
        assert head is not None
        assert head.token == 1


def test_a_read_only_ledger_is_unavailable_for_writing(sqlite_url: str, tmp_path: Path) -> None:
    opened = open_ledger(sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true")
    assert opened.streams() == ()
    with pytest.raises(LedgerUnavailable, match="readonly database"):
        opened.append("s", "evidence", {}, at=T)
    opened.close()


def test_a_database_held_too_long_by_another_is_unavailable_and_retryable(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windlass.ledger.store.LOCK_TIMEOUT", 0.05)
    opened = open_ledger(sqlite_url)
    blocker = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable, match="database is locked") as refused:
        opened.append("s", "evidence", {}, at=T)
    assert isinstance(refused.value, RetryableError)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert opened.append("s", "evidence", {}, at=T).seq == 1
    opened.close()


@pytest.mark.postgres
def test_a_connection_the_server_closed_is_replaced(postgres_url: str) -> None:
    opened = open_ledger(postgres_url)
    opened.append("s", "evidence", {}, at=T)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
    assert opened.append("s", "evidence", {}, at=T).seq == 2
    opened.close()


@pytest.mark.postgres
def test_a_role_that_may_not_write_makes_the_ledger_unavailable(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS reader")
        admin.execute("CREATE ROLE reader LOGIN")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    reader = open_ledger(postgres_url.replace("postgres:@", "reader:@"))
    assert reader.streams() == ()
    with pytest.raises(LedgerUnavailable, match="permission denied"):
        reader.append("s", "evidence", {}, at=T)
    reader.close()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP OWNED BY reader")
        admin.execute("DROP ROLE reader")


def test_threads_share_one_ledger(ledger: Ledger) -> None:
    failed: list[BaseException] = []

    def read() -> None:
        try:
            ledger.heads(["s"])
        except BaseException as error:  # noqa: BLE001  # shown by the assertion
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
