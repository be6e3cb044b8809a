"""What a view needs of an event, so that views read exports and tests' values too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

JSON = Any


class EventLike(Protocol):
    """The part of :class:`windlass.ledger.Event` that views read."""

    @property
    def seq(self) -> int:
        """Place in the stream, from 1."""
        ...

    @property
    def type(self) -> str:
        """Name of the type."""
        ...

    @property
    def at(self) -> datetime:
        """When it was written, aware."""
        ...

    @property
    def by(self) -> str:
        """Who did it."""
        ...

    @property
    def data(self) -> Mapping[str, JSON]:
        """What it says."""
        ...
