"""Writing and reading events inside a transaction that somebody else opened.

Everything that changes the ledger (events, effects, claims) goes through here, so that an event
and what it tells about are committed together or not at all.

Lock order, the same everywhere: claim row, stream row, effect target, registry's stream row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip_pg
from sqlalchemy.dialects.sqlite import insert as insert_or_skip_sqlite

from windlass.errors import InputError, LedgerError, StaleToken
from windlass.ledger.canonical import JSON, canonical, loads, sha256
from windlass.ledger.event import GENESIS, Event, Head, from_text, sealed, to_text
from windlass.ledger.event_types import OUTSIDE, checked_type
from windlass.ledger.redaction import without_secrets
from windlass.ledger.tables import EVENTS, SIGNED_HEADS, STREAMS

if TYPE_CHECKING:
    from windlass.ledger.signing import Signer

#: The stream that holds the opening and closing of every release, so that a release whose tail,
#: or whose every row, was deleted is missed.
REGISTRY = "ledger"

NAME_LENGTH = 250

# Made once: to build a statement takes longer than to run it, and these run at every event.
_HEAD = (
    select(STREAMS.c.seq, STREAMS.c.hash, STREAMS.c.token)
    .where(STREAMS.c.stream == bindparam("named"))
    .with_for_update()
)
_KEYED = select(EVENTS).where(
    EVENTS.c.stream == bindparam("named"), EVENTS.c.key == bindparam("keyed")
)
_INSERT = insert(EVENTS)
_MOVE = (
    update(STREAMS)
    .where(STREAMS.c.stream == bindparam("named"))
    .values(seq=bindparam("reached"), hash=bindparam("sealed"))
)


#: Events after which the stream's row says something new besides its head.
_DESCRIBING = ("release.opened", "release.ended", *OUTSIDE)


def lock_head(connection: Connection, stream: str, *, token: int | None = None) -> Head:
    """Lock the stream's head row for this transaction, making the stream when it is new.

    Raises:
        StaleToken: ``token`` is given and the stream's holder was taken over since.
    """
    checked_name("stream", stream)
    head = _locked(connection, stream)
    if head is None:
        skip = {"stream": stream, "seq": 0, "hash": GENESIS, "token": 1}
        connection.execute(
            insert_or_skip(connection, STREAMS).values(skip).on_conflict_do_nothing()
        )
        head = _locked(connection, stream)
    if head is None:
        raise LedgerError(f"the head of stream {stream} cannot be made")
    refuse_stale(stream, token, head.token)
    return head


def refuse_stale(stream: str, token: int | None, current: int) -> None:
    """Raise StaleToken when ``token`` is older than the stream's ``current`` one."""
    if token is not None and token < current:
        raise StaleToken(
            f"{stream}: this process writes with token {token} but the release was taken over "
            f"with token {current}; it must stop"
        )
    if token is not None and token > current:
        raise LedgerError(f"{stream}: token {token} was never handed out; current: {current}")


def append_in(
    connection: Connection,
    head: Head,
    event: tuple[str, str, Mapping[str, JSON]],
    *,
    at: datetime,
    by: str = "windlass",
    key: str | None = None,
    signer: Signer | None = None,
) -> Event:
    """Append ``(stream, type, data)`` after the locked ``head``, or give the event of that key.

    Several appends in one transaction: lock the head again in between.
    """
    stream, name, data = event
    kind = checked_type(name, data)
    checked_name("by", by)
    if key is not None:
        checked_name("key", key)
        earlier = event_with_key(connection, stream, key)
        if earlier is not None:
            return _same_type(earlier, name)
    text = canonical(without_secrets(dict(data)))
    at = from_text(to_text(at))
    seq = head.seq + 1
    unsealed = Event(stream, seq, name, kind.version, at, by, loads(text), key, head.hash, "")
    written = sealed(unsealed, text)
    _write(connection, written, text, signer)
    return written


def _same_type(earlier: Event, name: str) -> Event:
    if earlier.type != name:
        raise LedgerError(
            f"{earlier.stream}: the key {earlier.key!r} is taken by an event of type "
            f"{earlier.type}; it cannot also be one of type {name}"
        )
    return earlier


def _write(connection: Connection, event: Event, data: str, signer: Signer | None) -> None:
    row = {
        "stream": event.stream,
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "at": to_text(event.at),
        "by": event.by,
        "data": data,
        "key": event.key,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }
    connection.execute(_INSERT, row)
    moved = {"named": event.stream, "reached": event.seq, "sealed": event.hash}
    connection.execute(_MOVE, moved)
    _describe_stream(connection, event)
    if signer is not None:
        _sign(connection, event, signer)
    if event.type in ("release.opened", "release.ended"):
        _register(connection, event, signer)


def _describe_stream(connection: Connection, event: Event) -> None:
    """What the stream's row says besides its head: whose it is, when it opened and closed."""
    if event.type not in _DESCRIBING:
        return
    this = update(STREAMS).where(STREAMS.c.stream == event.stream)
    match event.type:
        case "release.opened":
            opened = {"product": event.data["product"], "opened_at": to_text(event.at)}
            connection.execute(this.where(STREAMS.c.opened_at.is_(None)).values(opened))
        case "release.ended":
            connection.execute(this.values(closed_at=to_text(event.at)))
        case _ if "product" in event.data:
            outside = this.where(STREAMS.c.product.is_(None))
            connection.execute(outside.values(product=event.data["product"]))


def _sign(connection: Connection, event: Event, signer: Signer) -> None:
    from windlass.ledger.signing import sign_head

    head = sign_head(signer, event.stream, event.seq, event.hash)
    row = {
        "stream": head.stream,
        "seq": head.seq,
        "hash": head.hash,
        "key_id": head.key_id,
        "signature": head.signature,
    }
    statement = insert_or_skip(connection, SIGNED_HEADS).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["stream"], set_=row))


def _register(connection: Connection, event: Event, signer: Signer | None) -> None:
    """Write a release's opening, or its head when it ends, into the registry's own chain."""
    opened = event.type == "release.opened"
    data: dict[str, JSON] = {"stream": event.stream}
    if not opened:
        data |= {"seq": event.seq, "hash": event.hash}
    name = "stream.opened" if opened else "stream.closed"
    head = lock_head(connection, REGISTRY)
    key = f"{name}:{event.hash}"
    append_in(connection, head, (REGISTRY, name, data), at=event.at, key=key, signer=signer)


def event_with_key(connection: Connection, stream: str, key: str) -> Event | None:
    """The event of ``stream`` that was appended with ``key``."""
    row = connection.execute(_KEYED, {"named": stream, "keyed": key}).first()
    return None if row is None else event_of(row)


def event_of(row: Row[Any]) -> Event:
    """A row of the events table as an Event."""
    return Event(
        row.stream,
        row.seq,
        row.type,
        row.version,
        from_text(row.at),
        row.by,
        MappingProxyType(loads(row.data)),
        row.key,
        row.prev_hash,
        row.hash,
    )


def insert_or_skip(connection: Connection, table: Table) -> Any:  # two dialects
    """An INSERT that can say what to do on a conflict, in the dialect of ``connection``."""
    postgres = connection.dialect.name == "postgresql"
    return insert_or_skip_pg(table) if postgres else insert_or_skip_sqlite(table)


def lock_name(connection: Connection, name: str) -> None:
    """Hold ``name`` until the transaction ends; SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        number = int(sha256(name)[:15], 16)
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def checked_name(what: str, value: str) -> str:
    """``value`` when it can be a stream, key, name: 1 to 250 printable characters."""
    if not value or len(value) > NAME_LENGTH or not value.isprintable():
        raise InputError(
            f"{what} {value[:60]!r} is not allowed: 1 to {NAME_LENGTH} printable characters"
        )
    return value


def _locked(connection: Connection, stream: str) -> Head | None:
    row = connection.execute(_HEAD, {"named": stream}).first()
    return None if row is None else Head(row.seq, row.hash, row.token)
