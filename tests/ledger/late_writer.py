"""A process with one effect to make, for the tests that stop and kill it. Run as a program.

Arguments: ledger URL, a folder where the "vendor" keeps what was made, seconds the call sleeps
before it acts. It says ``calling`` when the call begins and prints how it ended.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from windlass.errors import WindlassError
from windlass.ledger import Absent, Found, Idempotency, Ledger, open_ledger

R = "storefront/minor/1"


def now() -> datetime:
    return datetime.now(UTC)


def make_in(folder: Path) -> None:
    (folder / f"{time.time_ns()}").touch()


def made_in(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def make(ledger: Ledger, folder: Path, sleep: float, token: int) -> Any:
    """Make one file per effect: two files are two effects."""

    async def do() -> Any:
        sys.stdout.write("calling\n")
        sys.stdout.flush()
        await asyncio.sleep(sleep)
        make_in(folder)
        return {"made": True}

    async def find() -> Any:
        return Found({"made": True}) if made_in(folder) else Absent()

    effects = ledger.effects(R, token=token, clock=now)
    return await effects.once(
        "tag",
        kind="tag",
        find=find,
        do=do,
        idempotency=Idempotency.MARKER,
        visible_within=0.2,
        deadline=1.0,
    )


def main() -> None:
    url, folder, sleep, token = sys.argv[1:]
    with open_ledger(url) as ledger:
        try:
            result = asyncio.run(make(ledger, Path(folder), float(sleep), int(token)))
        except WindlassError as error:
            sys.stdout.write(f"{type(error).__name__}\n")
        else:
            sys.stdout.write(f"{result}\n")


if __name__ == "__main__":
    main()
