"""Waiting in tests for another process to come to a state."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
    """Look until what is seen is ``good``; at most 30 seconds."""
    async with asyncio.timeout(30):
        while not good(seen := await look()):  # noqa: ASYNC110 - what is awaited is another process
            await asyncio.sleep(0.01)
    return seen


async def text_in(path: Path) -> str:
    """The text of a file as soon as it has some."""

    def look() -> str:
        return path.read_text().strip() if path.exists() else ""

    return await until(lambda: asyncio.to_thread(look), bool)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
