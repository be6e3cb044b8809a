"""Every query that runs often finds its rows by an index, however long the record is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from windlass.ledger import Ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
RELEASES, EVENTS = 3000, 12

NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {top}) "
    "SELECT i FROM n)",
    "postgresql": "(SELECT i FROM generate_series(1, {top}) AS g(i))",
}

STREAMS = """
INSERT INTO windlass_streams (stream, product, opened_at, closed_at, seq, hash, token)
SELECT 'p' || (r.i % 40) || '/minor/' || r.i, 'p' || (r.i % 40),
       '2026-01-06T09:00:00.' || (100000 + r.i) || 'Z',
       CASE WHEN r.i % 50 = 0 THEN NULL ELSE '2026-02-06T09:00:00.000000Z' END, {events}, 'h', 1
FROM {releases} r
"""
ROWS = """
INSERT INTO windlass_events
    (stream, seq, type, version, at, by, data, key, prev_hash, hash)
SELECT 'p' || (r.i % 40) || '/minor/' || r.i, e.i,
       CASE WHEN e.i = {events} THEN 'version.promoted' ELSE 'evidence' END, 1,
       '2026-01-06T09:00:00.' || (100000 + r.i) || 'Z', 'windlass', '{{}}', 'k' || e.i, 'p', 'h'
FROM {releases} r, {numbers} e
"""
EFFECTS_ROWS = """
INSERT INTO windlass_effects (stream, key, kind, target, idempotency, state, token, attempt,
    until, visible_within, result, reason, at)
SELECT 'p' || (r.i % 40) || '/minor/' || r.i, 'k' || e.i, 'tag', 't' || r.i, 'marker', 'done', 1, 1,
       '2026-01-06T09:00:00.000000Z', 0, 'null', '', '2026-01-06T09:00:00.000000Z'
FROM {releases} r, {numbers} e
"""


@pytest.fixture
def long_record(ledger: Ledger) -> Ledger:
    """A ledger of 3,000 releases; enough for a planner to mind."""
    numbers = NUMBERS[ledger.store.dialect]
    words = {
        "releases": numbers.format(top=RELEASES),
        "numbers": numbers.format(top=EVENTS),
        "events": EVENTS,
    }
    with ledger.store.writing() as connection:
        for statement in (STREAMS, ROWS, EFFECTS_ROWS):
            connection.execute(text(statement.format(**words)))
    for number in range(30):
        ledger.documents.publish("products", f"p{number}", "d", {}, T, "worker")
    with ledger.store.writing() as connection:
        connection.execute(text("ANALYZE"))
    return ledger


def plans(ledger: Ledger, call: Callable[[], Any]) -> Iterator[str]:
    """How the database would run each statement that ``call`` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(ledger.store.engine, "before_cursor_execute", note)
    call()
    event.remove(ledger.store.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if ledger.store.dialect == "sqlite" else "EXPLAIN "
    for statement, parameters in sent:
        if not statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            continue
        with ledger.store.writing() as connection:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
        yield "\n".join(str(row[-1]) for row in rows)


R = "p3/minor/3"
QUERIES: dict[str, Callable[[Ledger], Any]] = {
    "events": lambda book: book.events(R),
    "events after": lambda book: book.events(R, after=5),
    "heads": lambda book: book.heads([f"p{n % 40}/minor/{n}" for n in range(1, 30)]),
    "select": lambda book: book.select(["version.promoted", "version.blocked"]),
    "select product": lambda book: book.select(["version.promoted"], product="p3"),
    "select after": lambda book: book.select(["evidence"], after=T + timedelta(days=1)),
    "open releases": lambda book: book.streams(open_only=True),
    "append with a key": lambda book: book.append(R, "evidence", {}, key="new", at=T),
    "effects": lambda book: book.effects(R, token=1).list(),
    "claims": lambda book: book.claims.take("eu", R, at=T, lease=60),
    "document": lambda book: book.documents.latest("products", "p3"),
    "document then": lambda book: book.documents.at("products", "p3", T),
    "documents": lambda book: book.documents.names("products"),
}


def scans_all_of(table: str, plan: str) -> bool:
    """Whether a plan reads the whole table, in either database's words."""
    lines = [line.strip().removeprefix("->").strip() for line in plan.splitlines()]
    return any(
        line.startswith(f"Seq Scan on {table}")
        or (line.startswith(f"SCAN {table}") and "INDEX" not in line)
        for line in lines
    )


def test_no_frequent_query_reads_a_table_from_end_to_end(long_record: Ledger) -> None:
    tables = ("windlass_events", "windlass_streams", "windlass_effects")
    scans = {
        name: plan
        for name, query in QUERIES.items()
        for plan in plans(long_record, partial(query, long_record))
        if any(scans_all_of(table, plan) for table in tables)
    }
    assert scans == {}
    streams = [f"p{n % 40}/minor/{n}" for n in range(1, RELEASES, 10)]
    assert len(list(plans(long_record, lambda: long_record.heads(streams)))) == 1

    def by_author() -> None:
        with long_record.store.reading() as connection:
            connection.execute(text("SELECT seq FROM windlass_events WHERE by = 'mia'"))

    (noticed,) = plans(long_record, by_author)
    assert scans_all_of("windlass_events", noticed)
