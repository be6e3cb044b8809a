"""Marks for dashboards as JSON files in a folder, one a mark; any dashboard can read them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from windlass.adapters.records import Records
from windlass.adapters.safe_names import one_line
from windlass.errors import TerminalError
from windlass.ports.announcements import Annotation
from windlass.ports.connection import Connect
from windlass.spec.vendors import FolderSettings


class FolderDashboards:
    """One file a mark; setting it twice changes nothing."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._records = Records(root / settings.path)

    async def read(self, key: str) -> Annotation | None:
        """See the port."""
        record = await asyncio.to_thread(self._records.read, key)
        if record is None:
            return None
        try:
            at = datetime.fromisoformat(record["at"])
            return Annotation(key, str(record["text"]), at, tuple(record["tags"]))
        except (KeyError, TypeError, ValueError) as error:
            raise TerminalError(f"{self._records.path(key)}: not a mark: {error!r}") from error

    async def annotate(self, annotation: Annotation) -> None:
        """See the port."""
        record = {
            "key": annotation.key,
            "text": one_line(annotation.text),
            "at": annotation.at.isoformat(),
            "tags": list(annotation.tags),
        }
        await asyncio.to_thread(self._records.write, annotation.key, record)
