"""What the witness costs requests that are none of its business: ``python -m benchmarks.witness``.

The middleware stands in front of an app that does nothing, in this process; no server, no Airflow,
no ledger. Prints a table of microseconds; exits 1 when the witness adds more than 1 ms at the 95th
percentile. The last row is a write to a DAG that is called like a release and is none, which must
be looked up in the ledger: that is shown beside the goal.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.tables import Goal, table

REQUESTS, ROUNDS = 2000, 5
#: Microseconds.
LIMIT = 1000.0
App = Callable[[Any, Any, Any], Awaitable[None]]
#: What an API server is asked all day.
OTHERS = (
    ("GET", "/api/v2/dags/shop.minor/dagRuns/r1/taskInstances"),
    ("GET", "/ui/dags/shop.minor/latest_run"),
    ("PATCH", "/execution/task-instances/018f/heartbeat"),
    ("POST", "/api/v2/dags/shop.minor/dagRuns"),
    ("POST", "/auth/token"),
    ("PATCH", "/api/v2/variables/x"),
    ("PATCH", "/api/v2/dags/etl/dagRuns/r1/taskInstances/load"),
)
UNKNOWN = ("PATCH", "/api/v2/dags/etl.daily/dagRuns/r1/taskInstances/load")


class User:
    """Somebody who is logged in."""

    def get_id(self) -> str:
        """Their id."""
        return "quinn"


async def nothing(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - as an ASGI app
    """An app that answers 200 at once."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def receive() -> Any:
    """A small body."""
    return {"type": "http.request", "body": b'{"new_state": "success"}', "more_body": False}


async def send(message: Any) -> None:
    """Nobody listens."""


async def timed(app: App, method: str, path: str, count: int) -> list[float]:
    """Milliseconds of each of ``count`` requests."""
    taken = []
    for _ in range(count):
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer x")],
            "state": {"user": User()},
        }
        start = time.perf_counter()
        await app(scope, receive, send)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


async def measured(
    bare: App, watched: App, method: str, path: str, count: int
) -> tuple[float, float]:
    """The 95th percentile without and with the witness; the best of the rounds of each."""
    without, with_it = [], []
    for _ in range(ROUNDS):
        without.append(p95(await timed(bare, method, path, count)))
        with_it.append(p95(await timed(watched, method, path, count)))
    return min(without), min(with_it)


def main() -> int:
    """Print the table; 1 when the goal is missed."""
    from windlass.connections import LEDGER_URL
    from windlass.ledger import open_ledger
    from windlass.witness.middleware import Witness

    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ[LEDGER_URL] = f"sqlite:///{Path(folder) / 'ledger.db'}"
        open_ledger(os.environ[LEDGER_URL], migrate=True).close()
        watched = Witness(nothing)
        for method, path in OTHERS:
            bare, with_it = asyncio.run(measured(nothing, watched, method, path, REQUESTS))
            worst = max(worst, with_it - bare)
            rows.append(_row(method, path, bare, with_it))
        bare, with_it = asyncio.run(measured(nothing, watched, *UNKNOWN, REQUESTS // 10))
        rows.append(_row(*UNKNOWN, bare, with_it))
    print(table(("request", "without, µs", "with, µs", "added, µs"), rows))
    goal = Goal("the witness on other requests, µs at p95", worst * 1000, LIMIT)
    print(goal)
    return 0 if goal.holds else 1


def _row(method: str, path: str, bare: float, with_it: float) -> tuple[str, ...]:
    figures = (f"{value * 1000:.1f}" for value in (bare, with_it, with_it - bare))
    return (f"{method} {path}", *figures)


if __name__ == "__main__":
    sys.exit(main())
