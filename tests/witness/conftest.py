"""A release that asks a stakeholder, and the witness in front of an app that answers as Airflow."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.conftest import make, migrated, templates  # noqa: F401 - fixtures
from tests.tasks.world import World
from windlass.connections import LEDGER_URL
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.witness.middleware import Witness

SEAT = "validation.acceptance.approval.stakeholder"
#: Bound to what there is without a cut and a candidate.
STAKEHOLDER = {"role": "stakeholder", "binds": ["plan"]}
OPTIONS = ("Approve", "Reject")


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
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def well_formed(body: Any, path: str) -> bool:
    """What Airflow's own models let through."""
    if not isinstance(body, dict):
        return False
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

    def fresh(self) -> Release:
        """Another release whose seat asks."""
        self.runs += 1
        rows = ("validation.acceptance.approval",)
        self.release = self.world.open(rows=rows, day_0=None, run=f"r{self.runs}")
        asyncio.run(perform(self.release, SEAT))
        return self.release

    def patch(self, user: str, body: bytes, *, answer: bool = True, task: str = SEAT) -> int:
        """The status of an answer, or of a mark, by ``user``."""
        return asyncio.run(self._patch(user, body, answer=answer, task=task))

    async def _patch(self, user: str, body: bytes, *, answer: bool, task: str) -> int:
        said: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        dag, _, run = self.release.id.partition("/")
        end = "/-1/hitlDetails" if answer else ""
        scope = {
            "type": "http",
            "method": "PATCH",
            "path": f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}{end}",
            "query_string": b"\xff=\xfe",
            "headers": [],
            "state": {"user": User(user)},
        }
        await self.app(scope, receive, send)
        return int(said[0]["status"])


@pytest.fixture
def desk(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:  # noqa: F811
    """A desk in front of a world of its own."""
    world = make({"approvals": {"acceptance": [STAKEHOLDER], "readiness": []}})
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{world.root / 'ledger.db'}")
    return Desk(world)
