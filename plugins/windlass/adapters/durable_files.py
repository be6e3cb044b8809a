"""Files that are whole at every instant, whoever is killed, and locks between processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from windlass.errors import VendorUnavailable

PATIENCE = 30.0


def write_atomic(path: Path, data: bytes | str) -> None:
    """Put ``data`` at ``path``: readers see the old file or the new one, also after a power cut.

    Makes the folders that are missing. Text is UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode() if isinstance(data, str) else data
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def append_line(path: Path, line: str) -> None:
    """Add one line to ``path``. A line torn by an earlier kill is ended first, so it stays alone.

    Two processes that append to one file hold :func:`locked` around it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        torn = b""
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = b"" if file.read(1) == b"\n" else b"\n"
        file.write(torn + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def locked(path: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock file ``path``; the operating system frees it when its holder dies.

    Blocks this thread for at most ``patience`` seconds; :func:`held` is for coroutines.

    Raises:
        VendorUnavailable: somebody else held it all that time.
    """
    handle = open_lock(path)
    try:
        end = time.monotonic() + patience
        while not try_lock(handle):
            if time.monotonic() > end:
                raise _busy(path, patience)
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)


@asynccontextmanager
async def held(path: Path, *, patience: float = PATIENCE) -> AsyncIterator[None]:
    """:func:`locked` for a coroutine, for as long as its block runs.

    Raises:
        VendorUnavailable: somebody else held it all that time.
    """
    handle = open_lock(path)
    try:
        end = time.monotonic() + patience
        while not try_lock(handle):
            if time.monotonic() > end:
                raise _busy(path, patience)
            await asyncio.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _busy(path: Path, patience: float) -> VendorUnavailable:
    return VendorUnavailable(f"{path} was held by another process for {patience:g} s")


def open_lock(path: Path) -> int:
    """A file descriptor for the lock file ``path``, not yet locked; close it to let go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def try_lock(handle: int) -> bool:
    """Take the lock on an open file if it is free; whether that worked."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot sync a folder; the file itself is safe
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
