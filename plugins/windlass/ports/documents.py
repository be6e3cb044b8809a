"""Where pages for people live: notes, briefings, the release's own page, the report.

Boards that show deployments (``dashboards``), meetings and surveys have ports of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Page:
    """A page. ``key`` is its name within the release's folder, ``body`` is Markdown or HTML."""

    key: str
    title: str
    body: str
    media: str = "text/markdown"


class Documents(Protocol):
    """Pages by key."""

    async def read(self, key: str) -> Page | None:
        """The page ``key`` as it is now, or None."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def publish(self, page: Page) -> str:
        """Put ``page`` there, over an earlier one of the same key. Returns its link."""
        ...
