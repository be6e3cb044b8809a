"""Proofs: the event that each claim of a report rests on, by its number and its hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from windlass.ledger.views.event_like import EventLike


class Sealed(EventLike, Protocol):
    """An event with the hash that chains it: what a report may rest on."""

    @property
    def hash(self) -> str:
        """SHA-256 over the event and, through the one before, over all before it."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """An event that says so. ``short`` is enough of the hash to find it by eye."""

    seq: int
    hash: str
    type: str
    at: datetime
    by: str

    @property
    def short(self) -> str:
        """The first twelve digits of the hash."""
        return self.hash[:12]


class Proofs:
    """The events of one release as proofs, and which of them were cited.

    Args:
        events: all of them, in order.
    """

    def __init__(self, events: Iterable[Sealed]) -> None:
        self._known = {e.seq: Proof(e.seq, e.hash, e.type, e.at, e.by) for e in events}
        self._cited: set[int] = set()

    def of(self, *seqs: int) -> tuple[Proof, ...]:
        """The proofs with these numbers, in order.

        Raises:
            KeyError: the release has no such event: nothing may be claimed of it.
        """
        wanted = sorted(set(seqs))
        self._cited.update(wanted)
        return tuple(self._known[seq] for seq in wanted)

    def cited(self) -> tuple[Proof, ...]:
        """Everything that was asked for so far, in order."""
        return tuple(self._known[seq] for seq in sorted(self._cited))
