"""Verifying the ledger's database: every chain, and everything that says where a chain ended.

Four records name a stream's end, kept apart on purpose: its head row, its signed head, the head
noted in the registry stream when a release ends, and a signed head kept outside (a report, an
export, a message). A tail that was cut off shows in whichever was not cut with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select

from windlass.errors import InputError
from windlass.ledger.appending import REGISTRY
from windlass.ledger.canonical import JSON, canonical, loads
from windlass.ledger.chain import Chain, Point, Verification
from windlass.ledger.event_types import OUTSIDE
from windlass.ledger.signing import SignedHead, signature_problem
from windlass.ledger.store import Store
from windlass.ledger.tables import EFFECTS, EVENTS, SIGNED_HEADS, STREAMS

#: What the last event of an effect says its row's state must be.
_EFFECT_STATE = {
    "effect.intended": "intended",
    "effect.done": "done",
    "effect.refused": "refused",
    "effect.unknown": "unknown",
}


def verify_database(
    store: Store,
    stream: str | None,
    *,
    heads: Iterable[SignedHead] = (),
    public_key: str | None = None,
) -> Verification:
    """Check one stream, or all.

    Args:
        store: the ledger's database; read in one snapshot, so it may be in use.
        stream: the one to check; None checks all, and that none is missing.
        heads: signed heads kept outside the database.
        public_key: PEM; without it signatures are not checked, and the result says so.

    Raises:
        InputError: there is no such stream.
    """
    with store.reading(snapshot=True) as connection:
        return _Check(connection, stream, public_key).run(tuple(heads))


class _Check:
    """One verification, over one snapshot of the database."""

    def __init__(self, connection: Connection, stream: str | None, public_key: str | None) -> None:
        self._connection, self._stream, self._public_key = connection, stream, public_key
        self._points: dict[str, list[Point]] = defaultdict(list)
        self._problems: list[str] = []
        self._events = 0
        self._registry = self._read_registry()

    def run(self, heads: tuple[SignedHead, ...]) -> Verification:
        rows = {row.stream: row for row in self._rows(STREAMS)}
        if self._stream is not None and self._stream not in rows:
            known = self._stream in self._registry
            if not known and not any(head.stream == self._stream for head in heads):
                raise InputError(f"no stream {self._stream} in this ledger; see: windlass status")
        signed = self._collect_signed(heads)
        for name, points in self._registry.items():
            self._points[name] += points
        seen = self._check_chains(rows)
        self._check_absent(rows, seen)
        return Verification(
            tuple(self._problems),
            self._notes(signed, rows),
            streams=len(seen),
            events=self._events,
        )

    def _collect_signed(self, heads: tuple[SignedHead, ...]) -> set[str]:
        kept = [
            SignedHead(row.stream, row.seq, row.hash, row.key_id, row.signature)
            for row in self._rows(SIGNED_HEADS)
        ]
        for head, source in (
            *((head, "its signed head") for head in kept),
            *((head, "the signed head given") for head in heads),
        ):
            if self._stream not in (None, head.stream):
                continue
            problem = self._public_key and signature_problem(head, self._public_key)
            if problem:
                self._problems.append(f"{head.stream}: {source}: {problem}")
            else:
                self._points[head.stream].append(Point(head.seq, head.hash, source))
        return {head.stream for head in kept}

    def _read_registry(self) -> dict[str, list[Point]]:
        points: dict[str, list[Point]] = defaultdict(list)
        found = select(EVENTS.c.type, EVENTS.c.data).where(EVENTS.c.stream == REGISTRY)
        for row in self._connection.execute(found.order_by(EVENTS.c.seq)):
            data = _parsed(row.data)
            if row.type == "stream.closed" and data is not None:
                source = "the registry (written when it ended)"
                points[data["stream"]].append(Point(data["seq"], data["hash"], source))
            elif row.type == "stream.opened" and data is not None:
                points[data["stream"]]
        return points

    def _check_chains(self, rows: dict[str, Row[Any]]) -> set[str]:
        found = select(EVENTS).order_by(EVENTS.c.stream, EVENTS.c.seq)
        if self._stream is not None:
            found = found.where(EVENTS.c.stream == self._stream)
        events = self._connection.execution_options(yield_per=1000).execute(found)
        seen: set[str] = set()
        for name, group in groupby(events, key=attrgetter("stream")):
            seen.add(name)
            self._check_stream(name, group, rows.get(name))
        return seen

    def _check_stream(self, name: str, events: Iterator[Row[Any]], row: Row[Any] | None) -> None:
        chain = Chain(name, tuple(self._points[name]))
        derived = _Derived()
        for event in events:
            self._events += 1
            fields = _fields(event)
            if fields is None:
                self._problems.append(f"{name}: event {event.seq} was changed: not canonical JSON")
                chain.seq, chain.hash = event.seq, event.hash
                continue
            chain.add(fields)
            derived.add(fields)
        self._problems += chain.end()
        if row is None:
            self._problems.append(f"{name}: has events but no head row: it was deleted")
            return
        if (row.seq, row.hash) != (chain.seq, chain.hash):
            self._problems.append(
                f"{name}: its last event is {chain.seq} but its head row says {row.seq}: its tail "
                "was cut off or its head changed"
            )
        self._problems += derived.problems(name, row, self._effects(name))

    def _effects(self, stream: str) -> dict[str, str]:
        found = select(EFFECTS.c.key, EFFECTS.c.state).where(EFFECTS.c.stream == stream)
        return {row.key: row.state for row in self._connection.execute(found)}

    def _check_absent(self, rows: dict[str, Row[Any]], seen: set[str]) -> None:
        expected = {name for name, row in rows.items() if row.seq > 0} | set(self._points)
        if self._stream is not None:
            expected &= {self._stream}
        self._problems += [
            f"{name}: every event of it was deleted" for name in sorted(expected - seen)
        ]

    def _notes(self, signed: set[str], rows: dict[str, Row[Any]]) -> tuple[str, ...]:
        if not signed:
            note = "heads are not signed: who can write to the database could rewrite it whole"
            return (note,)
        if self._public_key is None:
            return ("signatures were not checked: no public key given",)
        wanted = {self._stream} if self._stream is not None else set(rows)
        unsigned = sorted(wanted - signed)
        if unsigned:
            return (f"not signed: {', '.join(unsigned[:5])} ({len(unsigned)} streams)",)
        return ()

    def _rows(self, table: Any) -> list[Row[Any]]:  # one of two tables
        found = select(table)
        if self._stream is not None:
            found = found.where(table.c.stream == self._stream)
        return list(self._connection.execute(found))


class _Derived:
    """What a stream's events say that other rows must agree with."""

    def __init__(self) -> None:
        self._product: str | None = None
        self._opened: str | None = None
        self._closed: str | None = None
        self._effects: dict[str, str] = {}

    def add(self, event: dict[str, JSON]) -> None:
        """Take one event in."""
        name, data = event["type"], event["data"]
        if name == "release.opened" and self._opened is None:
            self._product, self._opened = data["product"], event["at"]
        elif name in OUTSIDE and self._product is None:
            self._product = data.get("product")
        elif name == "release.ended":
            self._closed = event["at"]
        elif name in _EFFECT_STATE:
            self._effects[data["key"]] = _EFFECT_STATE[name]
        elif name == "effect.decided":
            self._effects[data["key"]] = "done" if data["happened"] else "absent"

    def problems(self, stream: str, row: Row[Any], effects: dict[str, str]) -> list[str]:
        """Where the head row or the effect rows say something else than the events."""
        problems: list[str] = []
        if (row.product, row.opened_at, row.closed_at) != (
            self._product,
            self._opened,
            self._closed,
        ):
            problems.append(f"{stream}: its head row was changed: product, opening or end differ")
        problems.extend(
            f"{stream}: effect {key} is recorded as {effects.get(key, 'nothing')} but its events "
            f"say {self._effects.get(key, 'nothing')}"
            for key in sorted(effects.keys() | self._effects.keys())
            if effects.get(key) != self._effects.get(key)
        )
        return problems


def _fields(row: Row[Any]) -> dict[str, JSON] | None:
    data = _parsed(row.data)
    if data is None:
        return None
    return {**row._mapping, "data": data}  # noqa: SLF001  # SQLAlchemy's public name for it


def _parsed(text: str) -> JSON:
    """The data of an event, None when the text is not what canonical JSON would be."""
    try:
        data = loads(text)
        return data if canonical(data) == text and isinstance(data, dict) else None
    except (ValueError, InputError):
        return None
