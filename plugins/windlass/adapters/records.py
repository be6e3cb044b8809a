"""A folder of JSON documents, one file a record: what the plain vendors keep their state in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import locked, write_atomic
from windlass.adapters.safe_names import file_name
from windlass.errors import TerminalError

Record = dict[str, Any]


class Records:
    """Records by name. People may add and edit the files; a broken one is an error that names it.

    Args:
        folder: made when the first record is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The file that holds, or would hold, the record ``name``."""
        return self.folder / f"{file_name(name)}.json"

    def read(self, name: str) -> Record | None:
        """The record ``name``, or None.

        Raises:
            TerminalError: its file is not a JSON object.
        """
        path = self.path(name)
        return load(path) if path.exists() else None

    def write(self, name: str, record: Record) -> Path:
        """Put ``record`` there, over an earlier one; returns its file."""
        path = self.path(name)
        write_atomic(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        return path

    def all(self) -> Iterator[Record]:
        """Every record, in the order of the file names."""
        for path in sorted(self.folder.glob("*.json")):
            yield load(path)

    def lock(self) -> AbstractContextManager[None]:
        """Hold this folder against other processes."""
        return locked(self.folder / ".lock")


def load(path: Path) -> Record:
    """The JSON object in ``path``.

    Raises:
        TerminalError: it is something else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TerminalError(f"{path}: not JSON: {error}; mend or remove the file") from error
    if not isinstance(record, dict):
        raise TerminalError(f"{path}: expected a JSON object, found {type(record).__name__}")
    return record


def next_id(prefix: str, records: Records) -> str:
    """The id after the highest there is: ``INC-8`` after ``INC-7``. Hold the folder's lock."""
    numbers = [
        int(number)
        for record in records.all()
        if (found := str(record.get("id", "")).partition("-"))[0] == prefix
        and (number := found[2]).isdecimal()
    ]
    return f"{prefix}-{max(numbers, default=0) + 1}"
