"""Messages as lines of a file, one JSON object each. It cannot edit: the new state is appended."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import append_line, locked
from windlass.adapters.safe_names import one_line, visible
from windlass.ports.connection import Connect
from windlass.ports.messages import Message, MessageRef
from windlass.spec.vendors import LogSettings


class LogMessages:
    """One file is the channel. ``post`` is single by its marker, under the file's lock."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: LogSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = root / settings.path
        self._now = now

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        """See the port."""
        return await asyncio.to_thread(self._find, thread, marker)

    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        """See the port."""
        return await asyncio.to_thread(self._post, message, marker, under)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """See the port; appends a line that names the message it replaces."""
        await asyncio.to_thread(self._edit, ref, message)

    def _find(self, thread: str, marker: str) -> MessageRef | None:
        for line in self._lines():
            if line.get("marker") == marker and line.get("thread") == thread and "id" in line:
                return MessageRef(str(self._path), str(line["id"]))
        return None

    def _post(self, message: Message, marker: str, under: MessageRef | None) -> MessageRef:
        with locked(self._path.with_name(f".{self._path.name}.lock")):
            earlier = self._find(message.thread, marker)
            if earlier is not None:
                return earlier
            ref = MessageRef(str(self._path), uuid.uuid4().hex)
            self._append(message, id=ref.id, marker=marker, under=under.id if under else None)
            return ref

    def _edit(self, ref: MessageRef, message: Message) -> None:
        with locked(self._path.with_name(f".{self._path.name}.lock")):
            shown = [
                line for line in self._lines() if ref.id in (line.get("id"), line.get("edits"))
            ]
            if not shown or _said(shown[-1]) != _said(_plain(message)):
                self._append(message, edits=ref.id)

    def _append(self, message: Message, **more: str | None) -> None:
        line = {"at": self._now().isoformat(timespec="seconds"), **_plain(message), **more}
        kept = {name: value for name, value in line.items() if value not in (None, "", [], ())}
        append_line(self._path, json.dumps(kept, ensure_ascii=False))

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:  # torn by a kill, or written by hand: not one of ours
                    continue
                if isinstance(line, dict):
                    yield line


def _plain(message: Message) -> dict[str, Any]:
    said = asdict(message)
    said["subject"] = one_line(message.subject)
    said["body"] = visible(message.body)
    said["links"] = [[one_line(label), one_line(url, 2000)] for label, url in message.links]
    said["to"] = [one_line(name) for name in message.to]
    return said


def _said(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line.get(name) or None for name in ("subject", "body", "links", "to", "level"))
