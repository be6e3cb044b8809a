"""Meetings as JSON files in a folder: where and when to meet. There is no room behind the link."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from windlass.adapters.records import Record, Records
from windlass.adapters.safe_names import one_line
from windlass.errors import InputError, TerminalError
from windlass.ports.announcements import Meeting
from windlass.ports.connection import Connect
from windlass.spec.vendors import FolderSettings


class FolderMeetings:
    """One file a meeting; the key names it, so there is one, wherever it moves to."""

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

    async def read(self, key: str) -> Meeting | None:
        """See the port; the link is the meeting's file."""
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> Meeting | None:
        record, path = self._records.read(key), self._records.path(key)
        if record is None:
            return None
        try:
            starts = datetime.fromisoformat(str(record["starts"]))
        except (KeyError, ValueError) as error:
            raise TerminalError(f"{path}: starts is no instant; mend or remove the file") from error
        return Meeting(path.resolve().as_uri(), starts, bool(record.get("cancelled", False)))

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
        path = await asyncio.to_thread(self._records.write, key, record)
        return path.resolve().as_uri()

    async def cancel(self, key: str) -> None:
        """See the port."""
        await asyncio.to_thread(self._cancel, key)

    def _cancel(self, key: str) -> None:
        with self._records.lock():
            record = self._records.read(key)
            if record is not None:
                self._records.write(key, {**record, "cancelled": True})
