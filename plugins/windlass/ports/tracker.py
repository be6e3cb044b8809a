"""Where work items live: planned scope, follow-up issues, released versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Issue:
    """A work item. ``status`` is the tracker's own word; ``done`` is what it means."""

    key: str
    title: str
    kind: str
    done: bool
    status: str
    version: str | None = None
    severity: str | None = None
    assignee: str | None = None
    link: str | None = None
    labels: tuple[str, ...] = ()


class Tracker(Protocol):
    """Issues and versions of one project."""

    async def planned(self, version: str | None) -> tuple[Issue, ...]:
        """Issues planned for ``version``; with None, those ready for the next release."""
        ...

    async def get(self, keys: tuple[str, ...]) -> tuple[Issue, ...]:
        """The issues that exist among ``keys``, in that order; those that do not are left out."""
        ...

    async def reported_against(self, version: str) -> tuple[Issue, ...]:
        """Open problems that people reported about ``version``."""
        ...

    async def find(self, marker: str) -> Issue | None:
        """The issue that :meth:`create` made with ``marker``, if it is there."""
        ...

    @changes_the_world(Idempotency.MARKER)
    async def create(
        self, *, marker: str, title: str, body: str, kind: str, assignee: str | None = None
    ) -> Issue:
        """Create an issue that carries ``marker`` (a label or a line of the body)."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def set_version(self, keys: tuple[str, ...], version: str | None) -> None:
        """Plan ``keys`` for ``version``; None takes them out of any version."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def mark_released(self, version: str, *, on: str) -> None:
        """Mark ``version`` as released on the date ``on`` (ISO)."""
        ...

    async def is_released(self, version: str) -> bool:
        """Whether ``version`` is marked as released."""
        ...
