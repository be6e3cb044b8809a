"""A release that asks a stakeholder, and the witness in front of an app that answers as Airflow."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.conftest import make, migrated, templates  # noqa: F401 - fixtures
from tests.tasks.world import LIVE, World
from windlass.connections import LEDGER_URL
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.witness.middleware import Witness

SEAT = "validation.acceptance.approval.stakeholder"
#: Bound to what there is without a cut and a candidate.
STAKEHOLDER = {"role": "stakeholder", "binds": ["plan"]}
OPTIONS = ("Approve", "Reject")
#: The tasks of every group.
GROUP = ("step_10", "judge_10")
#: A task that Airflow lets nobody mark.
FORBIDDEN = "planning.risk"


@dataclass
class User:
    """Whom the auth manager lets in."""

    name: str

    def get_id(self) -> str:
        """As auth managers name people."""
        return self.name


async def airflow(scope: Any, receive: Any, send: Any) -> None:
    """Takes a well formed answer or mark, refuses any other with 422."""
    message = await receive()
    try:
        body = json.loads(message["body"])
    except (ValueError, RecursionError):
        body = None
    status = 200 if well_formed(body, scope["path"]) else 422
    reply = json.dumps(replied(body, scope["path"]) if status == 200 else {}).encode()
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": reply})


def replied(body: Any, path: str) -> dict[str, Any]:
    """What Airflow says it did; of several tasks it refuses one."""
    if "/taskGroupInstances/" in path:
        group = path.rpartition("/")[2]
        return {"task_instances": [{"task_id": f"{group}.{name}"} for name in GROUP]}
    said: dict[str, Any] = {}
    for action in body.get("actions", ()) if well_named(body) else ():
        part = said.setdefault(action["action"], {"success": [], "errors": []})
        for one in action["entities"]:
            if one.get("task_id") == FORBIDDEN:
                part["errors"].append({"error": f"you may not: {one['task_id']}"})
            else:
                key = f"{one.get('dag_id')}.{one.get('dag_run_id')}.{one.get('task_id')}[-1]"
                part["success"].append(key)
    return said


def well_named(body: Any) -> bool:
    """Whether a bulk request says of each thing which one it means."""
    try:
        return all(
            {"task_id", "dag_run_id"} & set(entity) and isinstance(entity, dict)
            for action in body["actions"]
            for entity in action["entities"]
        )
    except (KeyError, TypeError):
        return False


def well_formed(body: Any, path: str) -> bool:
    """What Airflow's own models let through."""
    if not isinstance(body, dict):
        return False
    if "actions" in body:
        return well_named(body)
    if "is_paused" in body or "dag_runs" in body:
        return True
    if not path.endswith("/hitlDetails"):
        return body.get("new_state") in ("success", "failed", "skipped")
    chosen, given = body.get("chosen_options"), body.get("params_input", {})
    return (
        isinstance(chosen, list)
        and len(chosen) == 1
        and chosen[0] in OPTIONS
        and isinstance(given, dict)
    )


class Desk:
    """Where people's requests arrive."""

    def __init__(self, world: World) -> None:
        self.world, self.app, self.runs = world, Witness(airflow), 0
        self.release = self.fresh()

    def fresh(self, *more: str) -> Release:
        """Another release whose seat asks; ``more`` are further rows of its plan."""
        self.runs += 1
        rows = ("validation.acceptance.approval", *more)
        self.release = self.world.open(rows=rows, day_0=None, run=f"r{self.runs}")
        asyncio.run(perform(self.release, SEAT))
        return self.release

    def patch(self, user: str, body: bytes, *, answer: bool = True, task: str = SEAT) -> int:
        """The status of an answer, or of a mark, by ``user``."""
        dag, _, run = self.release.id.partition("/")
        end = "/-1/hitlDetails" if answer else ""
        return self.send(user, "PATCH", f"{dag}/dagRuns/{run}/taskInstances/{task}{end}", body)

    def send(
        self, user: str, method: str, path: str, body: bytes, query: bytes = b"\xff=\xfe"
    ) -> int:
        """The status of any request below ``/api/v2/dags`` by ``user``."""
        return asyncio.run(self._send(user, method, path, body, query))

    async def _send(self, user: str, method: str, path: str, body: bytes, query: bytes) -> int:
        said: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": f"/api/v2/dags/{path}".rstrip("/"),
            "query_string": query,
            "headers": [],
            "state": {"user": User(user)},
        }
        await self.app(scope, receive, send)
        return int(said[0]["status"])


@pytest.fixture
def desk(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:  # noqa: F811
    """A desk in front of a world of its own."""
    world = make({"approvals": {"acceptance": [STAKEHOLDER], "readiness": []}})
    earlier, now = f"shop.minor/earlier-{LIVE}", world.clock.now()
    world.ledger.append(earlier, "release.ended", {"outcome": "released"}, at=now)
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{world.root / 'ledger.db'}")
    return Desk(world)
