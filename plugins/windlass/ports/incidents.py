"""Incidents and change records: what the operations desk keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident. ``severity``: critical, high, medium or low."""

    id: str
    title: str
    severity: str
    open: bool
    opened_at: datetime
    service: str
    version: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change request. ``state``: assess, approved, rejected, implementing, closed, cancelled.

    ``note`` is what :meth:`ChangeRecords.remark` wrote last.
    """

    id: str
    key: str
    state: str
    title: str
    text: str = ""
    link: str | None = None
    note: str = ""


class Incidents(Protocol):
    """Incidents of services."""

    async def open_incidents(self, service: str) -> tuple[Incident, ...]:
        """Those open now, worst first."""
        ...

    async def linked_to(self, version: str) -> tuple[Incident, ...]:
        """Those about ``version``, open or not."""
        ...

    async def find(self, marker: str) -> Incident | None:
        """The incident opened with ``marker``."""
        ...

    @changes_the_world(Idempotency.NATIVE_KEY)
    async def open(
        self, *, marker: str, title: str, text: str, severity: str, service: str, version: str
    ) -> Incident:
        """Open an incident that carries ``marker``."""
        ...


class ChangeRecords(Protocol):
    """Change requests by our key."""

    async def find(self, key: str) -> ChangeRecord | None:
        """The change request opened for ``key``."""
        ...

    @changes_the_world(Idempotency.NATIVE_KEY)
    async def open(self, *, key: str, title: str, text: str, standard: bool) -> ChangeRecord:
        """Open one; ``standard`` takes the pre-approved template."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def move(self, record_id: str, state: str, note: str) -> None:
        """Bring it to ``state``."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def remark(self, record_id: str, note: str) -> None:
        """Add ``note`` to its history, unless that is the newest there: a new date, say."""
        ...
