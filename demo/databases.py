"""The places' databases, moved by the version's own program."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from demo.home import Home


class MigrationFailed(RuntimeError):
    """The version's program said no; the message is its last output."""


async def migrate(home: Home, place: str, version: str, to: int | None = None) -> dict[str, Any]:
    """Bring a place's database to the schema of `version`, or to migration `to`.

    Returns:
        `{"schema": number, "ran": [what ran]}`.

    Raises:
        MigrationFailed: With what the program printed.
    """
    if to is not None and not isinstance(to, int):
        raise ValueError("to: the number of a migration")
    home.database(place).parent.mkdir(parents=True, exist_ok=True)
    words = [] if to is None else ["--to", str(to)]
    output = await _storefront(home, place, version, "migrate", *words)
    found: dict[str, Any] = json.loads(output)
    return found


async def _storefront(home: Home, place: str, version: str, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "storefront", *words, "--database", str(home.database(place))),
        cwd=home.release(version),
        env={**os.environ, "PYTHONPATH": str(home.release(version))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise MigrationFailed(errors.decode(errors="replace")[-2000:])
    return output.decode()
