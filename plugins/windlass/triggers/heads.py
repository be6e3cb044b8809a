"""Where each waiting release stands, asked of the ledger in one query for all of them."""

from __future__ import annotations

import asyncio
import time

from windlass.connections import configured_ledger

#: Seconds for which an answer is good.
FRESH = 1.0


class Heads:
    """One query a second, however many waits share this process."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._known: dict[str, int] = {}
        self._asked = 0.0
        self._locks: dict[int, asyncio.Lock] = {}

    async def seq(self, stream: str) -> int:
        """The last event of ``stream``, at most :data:`FRESH` seconds old."""
        lock = self._locks.setdefault(id(asyncio.get_running_loop()), asyncio.Lock())
        async with lock:
            if stream not in self._wanted or time.monotonic() - self._asked >= FRESH:
                self._wanted.add(stream)
                self._known = await asyncio.to_thread(self._ask)
                self._asked = time.monotonic()
        return self._known.get(stream, 0)

    def _ask(self) -> dict[str, int]:
        heads = configured_ledger().heads(frozenset(self._wanted))
        return {stream: head.seq for stream, head in heads.items()}


HEADS = Heads()
