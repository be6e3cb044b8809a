"""Meetings as JSON files in a folder: where and when to meet. There is no room behind the link."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from windlass.adapters.records import Record, Records
from windlass.adapters.safe_names import one_line
from windlass.errors import InputError
from windlass.ports.connection import Connect
from windlass.spec.vendors import FolderSettings


class FolderMeetings:
    """One file a meeting; the key names it, so it is made once."""

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

    async def find(self, key: str) -> str | None:
        """See the port; the link is the meeting's file."""
        path = self._records.path(key)
        return path.resolve().as_uri() if await asyncio.to_thread(path.exists) else None

    async def schedule(self, key: str, topic: str, starts: datetime, minutes: int) -> str:
        """See the port.

        Raises:
            InputError: a meeting that lasts no time, or starts at no instant.
        """
        if minutes <= 0 or starts.tzinfo is None:
            raise InputError(f"a meeting of {minutes} minutes at {starts} cannot be scheduled")
        record: Record = {
            "key": key,
            "topic": one_line(topic),
            "starts": starts.isoformat(),
            "minutes": minutes,
        }
        return await asyncio.to_thread(self._schedule, key, record)

    def _schedule(self, key: str, record: Record) -> str:
        with self._records.lock():
            path = self._records.path(key)
            if not path.exists():
                self._records.write(key, record)
            return path.resolve().as_uri()
