"""Change requests as JSON files in a folder, ``CHG-1.json`` and so on.

A standard change starts out approved, any other is assessed: people approve or reject it by
editing ``state``. What is closed or cancelled stays so. Each move is kept under ``history``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters.records import Record, Records, next_id
from windlass.adapters.safe_names import one_line, visible
from windlass.errors import InputError, RefusedByVendor, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.incidents import ChangeRecord
from windlass.spec.vendors import FolderSettings

STATES = ("assess", "approved", "rejected", "implementing", "closed", "cancelled")
_ENDS = frozenset({"closed", "cancelled"})


class FolderChangeRecords:
    """One file a change request. :meth:`open` is single by our key, under the folder's lock."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = Records(root / settings.path)
        self._now = now

    async def find(self, key: str) -> ChangeRecord | None:
        """See the port."""
        return await asyncio.to_thread(self._find, key)

    async def open(self, *, key: str, title: str, text: str, standard: bool) -> ChangeRecord:
        """See the port."""
        record: Record = {
            "key": key,
            "state": "approved" if standard else "assess",
            "title": one_line(title),
            "text": visible(text),
            "standard": standard,
            "opened_at": self._now().isoformat(timespec="seconds"),
            "history": [],
        }
        return await asyncio.to_thread(self._open, record)

    async def move(self, record_id: str, state: str, note: str) -> None:
        """See the port.

        Raises:
            InputError: there is no such state.
            RefusedByVendor: there is no such record, or it is closed or cancelled.
        """
        if state not in STATES:
            raise InputError(f"{state!r} is no state of a change; allowed: {', '.join(STATES)}")
        await asyncio.to_thread(self._move, record_id, state, visible(note))

    async def remark(self, record_id: str, note: str) -> None:
        """See the port.

        Raises:
            RefusedByVendor: there is no such record.
        """
        await asyncio.to_thread(self._remark, record_id, visible(note))

    def _remark(self, record_id: str, note: str) -> None:
        with self._records.lock():
            record = self._records.read(record_id)
            if record is None:
                raise RefusedByVendor(f"{self._records.folder} has no change {record_id!r}")
            if record.get("note") == note:
                return
            at = self._now().isoformat(timespec="seconds")
            history = [*record.get("history", []), {"at": at, "note": note}]
            self._records.write(record_id, {**record, "note": note, "history": history})

    def _open(self, record: Record) -> ChangeRecord:
        with self._records.lock():
            earlier = self._find(str(record["key"]))
            if earlier is not None:
                return earlier
            number = next_id("CHG", self._records)
            self._records.write(number, {"id": number, **record})
            return self._change({"id": number, **record})

    def _move(self, record_id: str, state: str, note: str) -> None:
        with self._records.lock():
            record = self._records.read(record_id)
            if record is None:
                raise RefusedByVendor(f"{self._records.folder} has no change {record_id!r}")
            before = self._change(record).state
            if before == state:
                return
            if before in _ENDS:
                raise RefusedByVendor(f"{record_id} is {before} and cannot become {state}")
            at = self._now().isoformat(timespec="seconds")
            history = [*record.get("history", []), {"at": at, "state": state, "note": note}]
            self._records.write(record_id, {**record, "state": state, "history": history})

    def _find(self, key: str) -> ChangeRecord | None:
        for record in self._records.all():
            if record.get("key") == key:
                return self._change(record)
        return None

    def _change(self, record: Record) -> ChangeRecord:
        state = record.get("state")
        if state not in STATES or "id" not in record or "key" not in record:
            raise TerminalError(
                f"{self._records.folder}: change {record.get('id')!r} has state {state!r}; "
                f"allowed: {', '.join(STATES)}"
            )
        return ChangeRecord(
            id=str(record["id"]),
            key=str(record["key"]),
            state=state,
            title=str(record.get("title", "")),
            text=str(record.get("text", "")),
            link=self._records.path(str(record["id"])).resolve().as_uri(),
            note=str(record.get("note", "")),
        )
