"""What the ledger hands out: events, heads, streams; and the hash that chains events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeAlias

from windlass.errors import InputError
from windlass.ledger.canonical import JSON, canonical, sha256

#: The ``prev_hash`` of the first event of a stream.
GENESIS = "0" * 64

#: An event to write: its type, its data, and its key where the stream may have it only once.
Entry: TypeAlias = tuple[str, Mapping[str, JSON], str | None]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it was written.

    ``seq`` counts from 1 within the stream; ``at`` is aware and in UTC; ``data`` is read-only;
    ``hash`` covers every other field and, through ``prev_hash``, every event before it.
    """

    stream: str
    seq: int
    type: str
    version: int
    at: datetime
    by: str
    data: Mapping[str, JSON]
    key: str | None
    prev_hash: str
    hash: str

    def as_json(self) -> dict[str, JSON]:
        """The event as JSON: what exports hold, and what the hash covers plus the hash."""
        return {
            "stream": self.stream,
            "seq": self.seq,
            "type": self.type,
            "version": self.version,
            "at": to_text(self.at),
            "by": self.by,
            "data": dict(self.data),
            "key": self.key,
            "prev_hash": self.prev_hash,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands: its last event, and the token its present holder writes with."""

    seq: int
    hash: str
    token: int


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """A release's stream. ``closed_at`` is None while it is open; ``seq`` counts its events."""

    stream: str
    product: str | None
    opened_at: datetime
    closed_at: datetime | None
    seq: int


def sealed(event: Event, data: str) -> Event:
    """``event`` with its hash worked out and its data, in ``data`` as canonical JSON, read-only."""
    return Event(
        event.stream,
        event.seq,
        event.type,
        event.version,
        event.at,
        event.by,
        MappingProxyType(dict(event.data)),
        event.key,
        event.prev_hash,
        event_hash(event, data),
    )


def event_hash(event: Event, data: str) -> str:
    """SHA-256 over the canonical JSON of everything in ``event`` but its own hash.

    ``data`` is the event's as canonical JSON, which whoever hashes it has written already: a plan
    is long. In the order of the keys it belongs between ``by`` and ``key``.
    """
    before = canonical({"at": to_text(event.at), "by": event.by})
    after = canonical(
        {
            "key": event.key,
            "prev_hash": event.prev_hash,
            "seq": event.seq,
            "stream": event.stream,
            "type": event.type,
            "version": event.version,
        }
    )
    return sha256(f'{before[:-1]},"data":{data},{after[1:]}')


#: Characters of an instant.
_WIDTH = len("2026-01-06T09:00:00.000000Z")


def to_text(at: datetime) -> str:
    """An instant as text of fixed width that sorts by time: ``2026-01-06T09:00:00.000000Z``.

    Raises:
        InputError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise InputError(f"{at.isoformat()} has no time zone; the ledger takes aware datetimes")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The instant written by :func:`to_text`.

    Raises:
        ValueError: it is no such text.
    """
    if len(text) != _WIDTH or not text.endswith("Z"):
        raise ValueError(f"{text!r} is no instant as the ledger writes it")
    return datetime.fromisoformat(text)
