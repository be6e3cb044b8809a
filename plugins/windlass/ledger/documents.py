"""Published documents: teams, calendars, company rules, products, as every process reads them.

Workers and the watchdog see the files people edit; the API server and the triggerer do not.
Whoever sees a file publishes it here when its digest changed, and the history stays: "who held the
role at the time of signing" is answered from it. A document is a stream of its own,
``documents/KIND/NAME``, chained like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select

from windlass.ledger.appending import append_in, event_of, lock_head
from windlass.ledger.canonical import JSON
from windlass.ledger.event import Event, to_text
from windlass.ledger.store import Store
from windlass.ledger.tables import EVENTS

if TYPE_CHECKING:
    from windlass.ledger.signing import Signer

PREFIX = "documents/"

#: The newest event of a stream; made once, since every task asks who holds which role today.
_NEWEST = (
    select(EVENTS)
    .where(EVENTS.c.stream == bindparam("named"))
    .order_by(EVENTS.c.seq.desc())
    .limit(1)
)
_IN_FORCE = _NEWEST.where(EVENTS.c.at <= bindparam("instant"))


@dataclass(frozen=True, slots=True)
class Document:
    """One published version of a document."""

    kind: str
    name: str
    digest: str
    data: JSON
    at: datetime
    by: str
    seq: int


class Documents:
    """The published documents of a ledger."""

    def __init__(self, store: Store, signer: Signer | None) -> None:
        self._store, self._signer = store, signer

    def publish(
        self, kind: str, name: str, digest: str, data: JSON, at: datetime, by: str
    ) -> Document:
        """Publish a version; when the newest has this digest already, give that one."""
        stream = _stream(kind, name)
        with self._store.writing() as connection:
            head = lock_head(connection, stream)
            row = connection.execute(_NEWEST, {"named": stream}).first()
            if row is not None:
                newest = _document(event_of(row))
                if newest.digest == digest:
                    return newest
            content: Mapping[str, JSON] = {
                "kind": kind,
                "name": name,
                "digest": digest,
                "document": data,
            }
            event = (stream, "document.published", content)
            written = append_in(connection, head, event, at=at, by=by, signer=self._signer)
            return _document(written)

    def latest(self, kind: str, name: str) -> Document | None:
        """The version published last."""
        return self._first(_NEWEST, named=_stream(kind, name))

    def at(self, kind: str, name: str, instant: datetime) -> Document | None:
        """The version that was in force at ``instant``."""
        return self._first(_IN_FORCE, named=_stream(kind, name), instant=to_text(instant))

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of every published document of ``kind``, in order."""
        prefix = f"{PREFIX}{kind}/"
        found = select(EVENTS.c.stream).where(
            EVENTS.c.stream.startswith(prefix, autoescape=True), EVENTS.c.seq == 1
        )
        with self._store.reading() as connection:
            streams = connection.execute(found.order_by(EVENTS.c.stream)).scalars()
            return tuple(stream.removeprefix(prefix) for stream in streams)

    def _first(self, query: Select[Any], **asked: str) -> Document | None:
        with self._store.reading() as connection:
            row = connection.execute(query, asked).first()
            return None if row is None else _document(event_of(row))


def _stream(kind: str, name: str) -> str:
    return f"{PREFIX}{kind}/{name}"


def _document(event: Event) -> Document:
    data = event.data
    return Document(
        data["kind"],
        data["name"],
        data["digest"],
        data["document"],
        event.at,
        event.by,
        event.seq,
    )
