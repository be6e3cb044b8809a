"""Airflow's audit log, as its REST API gives it, compared with the ledger of a release."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.tasks.world import World
from windlass.airflow_api import AirflowApi
from windlass.errors import RefusedByVendor
from windlass.ports.connection import ConnectionInfo
from windlass.tasks.release import Release
from windlass.witness.reconciling import reconcile, say_what_was_cut_off


@pytest.fixture
def world(make: Any) -> World:
    """The plain world."""
    made: World = make()
    return made


def opened(world: World) -> Release:
    """A release, a second after it was opened."""
    release = world.open(rows=("planning.scope",))
    world.clock.pass_(1)
    return release


def row(number: int, world: World, event: str, task: str | None, owner: str) -> dict[str, Any]:
    """As Airflow 3.3.2 answers ``GET /api/v2/eventLogs``."""
    return {
        "event_log_id": number,
        "when": world.clock.now().isoformat().replace("+00:00", "Z"),
        "dag_id": "shop.minor",
        "task_id": task,
        "run_id": "run-1",
        "map_index": -1 if task else None,
        "try_number": None,
        "event": event,
        "logical_date": None,
        "owner": owner,
        "extra": json.dumps({"new_state": "success", "method": "PATCH"}),
        "dag_display_name": "Shop: minor",
        "task_display_name": None,
    }


class Airflow:
    """Answers like the REST API, page by page."""

    def __init__(self, rows: list[dict[str, Any]], status: int = 200) -> None:
        self.rows, self.status, self.asked = rows, status, list[httpx.URL]()
        self.api = AirflowApi(ConnectionInfo(host="http://airflow"), httpx.MockTransport(self.take))

    def take(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            return httpx.Response(201, json={"access_token": "t"})
        self.asked.append(request.url)
        if self.status != 200:
            return httpx.Response(self.status, json={"detail": "Forbidden"})
        wanted = set(request.url.params.get_list("included_events"))
        about = {k: v for k, v in request.url.params.items() if k in ("dag_id", "run_id")}
        since = datetime.fromisoformat(request.url.params["after"])
        found = [
            row
            for row in self.rows
            if row["event"] in wanted
            and all(row[name] == value for name, value in about.items())
            and datetime.fromisoformat(row["when"]) > since
        ]
        start, most = int(request.url.params["offset"]), int(request.url.params["limit"])
        page = {"event_logs": found[start : start + most], "total_entries": len(found)}
        return httpx.Response(200, json=page)


def seen(release: Release, action: str, task: str) -> None:
    release.record("person.asked", action=action, task=task, by="quinn")


async def test_what_only_airflow_s_log_has_is_written_down_once(world: World) -> None:
    release = opened(world)
    seen(release, "mark", "validation.cut")
    rows = [
        row(1, world, "patch_task_instance", "validation.cut", "quinn"),
        row(2, world, "update_hitl_detail", "validation.acceptance.approval.stakeholder", "sam"),
        row(3, world, "running", "validation.cut", "developer"),
        {
            **row(4, world, "cli_task_clear", None, "root"),
            "run_id": None,
            "extra": json.dumps({"full_command": "['airflow', 'tasks', 'clear', 'shop.minor']"}),
        },
    ]
    world.clock.pass_(timedelta(minutes=5).total_seconds())
    airflow = Airflow(rows)
    for _ in range(2):
        found = await reconcile(release, airflow.api)
    assert [each.id for each in found] == [2, 4]
    missed = world.events(release, "witness.missed")
    assert [(event["who"], event["event"], event["command"]) for event in missed] == [
        ("sam", "update_hitl_detail", ""),
        ("root", "cli_task_clear", "airflow tasks clear shop.minor"),
    ]
    assert not release.view.signatures, "known, and no more than that"
    asked = airflow.asked[0].params
    assert (asked["dag_id"], asked["run_id"]) == ("shop.minor", "run-1")


def several(row: dict[str, Any], dag: str, run: str | None, **said: Any) -> dict[str, Any]:
    """The row of a request whose path names no single run."""
    return {**row, "dag_id": dag, "run_id": run, "extra": json.dumps(said)}


async def test_a_request_on_several_runs_is_compared_with_each_of_them(world: World) -> None:
    release, other = world.open(run="run-1"), world.open(run="run-2")
    world.clock.pass_(1)
    ours = {"dag_id": "shop.minor", "dag_run_id": "run-1"}
    theirs = {"dag_id": "shop.minor", "dag_run_id": "run-2"}
    bulk = {"actions": [{"action": "update", "entities": [ours, theirs]}]}
    gone = {"actions": [{"action": "delete", "entities": [theirs]}]}
    rows = [
        several(row(1, world, "bulk_dag_runs", None, "ops"), "~", None, **bulk),
        several(row(2, world, "bulk_dag_runs", None, "ops"), "~", None, **gone),
        several(row(3, world, "clear_dag_runs", None, "ops"), "shop.minor", None, dag_runs=[ours]),
        several(row(4, world, "post_clear_task_instances", None, "ops"), "shop.minor", None),
    ]
    seen(other, "mark run", "")
    world.clock.pass_(timedelta(minutes=5).total_seconds())
    of_one = await reconcile(release, Airflow(rows).api)
    of_two = await reconcile(other, Airflow(rows).api)
    assert [(each.id, each.action) for each in of_one] == [
        (1, "mark run"),
        (3, "clear run"),
        (4, "clear"),
    ]
    assert [(each.id, each.action) for each in of_two] == [(2, "delete run"), (4, "clear")]


async def test_a_long_log_is_read_to_its_end(world: World) -> None:
    release = opened(world)
    rows = [row(n, world, "patch_task_instance", "validation.cut", "mia") for n in range(1, 251)]
    world.clock.pass_(300)
    assert len(await reconcile(release, Airflow(rows).api)) == 250


async def test_who_may_not_read_the_log_is_told_so(world: World) -> None:
    release = opened(world)
    with pytest.raises(RefusedByVendor, match="403"):
        await reconcile(release, Airflow([], 403).api)


async def test_an_act_whose_server_died_before_it_replied_is_said_to_be_cut_off(
    world: World,
) -> None:
    release = opened(world)
    for number, end in enumerate(("person.did", "person.was_refused", None)):
        act = {"action": "answer", "task": "validation.cut", "id": str(number)}
        release.record("person.asked", by="quinn", **act)
        if end is not None:
            release.record(end, by="quinn", **act)
    assert say_what_was_cut_off(release) == 0, "it may still be answered"
    world.clock.pass_(timedelta(minutes=5).total_seconds())
    assert [say_what_was_cut_off(release) for _ in range(2)] == [1, 0]
    (event,) = world.events(release, "person.was_cut_off")
    assert event["id"] == "2"
