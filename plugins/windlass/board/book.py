"""The ledger as one page reads it: each thing once, and nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from windlass.ledger import Event, Ledger
from windlass.ledger.event import Entry


class Book(Ledger):
    """A view of ``ledger`` for the time of one page; what it has read it does not read again."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.store, signer=None, clock=lambda: datetime.now(UTC))
        self._streams: dict[str, tuple[Event, ...]] = {}
        self._selected: dict[tuple[Any, ...], tuple[Event, ...]] = {}

    def events(self, stream: str, *, after: int = 0) -> tuple[Event, ...]:
        """As the ledger's."""
        if stream not in self._streams:
            self._streams[stream] = super().events(stream)
        return self._streams[stream][after:]

    def select(
        self,
        types: Collection[str],
        *,
        product: str | None = None,
        after: datetime | None = None,
    ) -> tuple[Event, ...]:
        """As the ledger's."""
        key = (tuple(sorted(types)), product, after)
        if key not in self._selected:
            self._selected[key] = super().select(types, product=product, after=after)
        return self._selected[key]

    def append_together(self, stream: str, entries: Sequence[Entry], **_: Any) -> tuple[Event, ...]:
        """Refuse.

        Raises:
            TypeError: always: a page writes nothing while it is made.
        """
        raise TypeError(f"a page is being read: {entries[0][0]} cannot be written to {stream}")
