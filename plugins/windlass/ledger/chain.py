"""Checking a chain of events. Pure: it reads mappings and needs no database.

A chain is checked event by event: the sequence has no gap, each event names the hash of the one
before, and each hash holds. The first broken link is reported and the check goes on from the hash
that is written there, so that one edit gives one problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from windlass.ledger.canonical import JSON, canonical, sha256
from windlass.ledger.event import GENESIS

#: The fields of an event that its hash covers, as :meth:`windlass.ledger.event.Event.as_json`
#: writes them.
HASHED = ("stream", "seq", "type", "version", "at", "by", "data", "key", "prev_hash")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found. ``notes`` are limits of the check, not findings."""

    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    streams: int = 0
    events: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Point:
    """What a stream is known to have held: "event ``seq`` had ``hash``", says ``source``."""

    seq: int
    hash: str
    source: str


@dataclass(slots=True)
class Chain:
    """A chain being checked, one :meth:`add` per event in order of ``seq``."""

    stream: str
    points: tuple[Point, ...] = ()
    seq: int = 0
    hash: str = GENESIS
    problems: list[str] = field(default_factory=list)

    def add(self, event: Mapping[str, JSON]) -> None:
        """Check the next event, as :meth:`windlass.ledger.event.Event.as_json` gives it."""
        seq, name = event["seq"], event["type"]
        if event["stream"] != self.stream:
            self._found(f"event {seq} ({name}) belongs to stream {event['stream']}")
        if seq != self.seq + 1:
            self._found(f"after event {self.seq} comes event {seq}: {self._gap(seq)}")
        elif event["prev_hash"] != self.hash:
            self._found(
                f"event {seq} ({name}) does not follow event {self.seq}: its link is broken"
            )
        if computed_hash(event) != event["hash"]:
            self._found(f"event {seq} ({name}) was changed: its hash does not hold")
        self.seq, self.hash = seq, event["hash"]
        self._check_points()

    def end(self) -> list[str]:
        """Every problem, once the last event was added."""
        for point in self.points:
            if point.seq > self.seq:
                self._found(
                    f"ends at event {self.seq} but {point.source} names event {point.seq}: its "
                    "tail was cut off"
                )
        return self.problems

    def _check_points(self) -> None:
        for point in self.points:
            if point.seq == self.seq and point.hash != self.hash:
                self._found(f"event {self.seq} is not the one that {point.source} names: replaced")

    def _gap(self, seq: int) -> str:
        return "events are missing" if seq > self.seq + 1 else "the order was changed"

    def _found(self, problem: str) -> None:
        self.problems.append(f"{self.stream}: {problem}")


def chain_problems(
    stream: str, events: Iterable[Mapping[str, JSON]], points: Iterable[Point] = ()
) -> list[str]:
    """Every problem of one stream's events, in order of ``seq``."""
    chain = Chain(stream, tuple(points))
    for event in events:
        chain.add(event)
    return chain.end()


def computed_hash(event: Mapping[str, JSON]) -> str:
    """The hash an event should have."""
    return sha256(canonical({name: event[name] for name in HASHED}))
