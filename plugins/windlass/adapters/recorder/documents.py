"""Pages that a dry run would have published."""

from __future__ import annotations

from windlass.adapters.recorder.call import SIMULATED, Log, from_json
from windlass.ports.documents import Documents, Page


class RecordedDocuments:
    """A page written down covers the one that is there."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Documents, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, key: str) -> Page | None:
        """See the port."""
        for call in reversed(self._log.calls("publish")):
            if call.arguments["page"]["key"] == key:
                return from_json(Page, call.arguments["page"])
        return await self._inner.read(key)

    async def publish(self, page: Page) -> str:
        """See the port."""
        link = f"{SIMULATED}//{page.key}"
        if await self.read(page.key) != page:
            self._log.add("publish", f"publish the page {page.title!r}", link, page=page)
        return link
