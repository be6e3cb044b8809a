from __future__ import annotations

import json
from typing import Any

import pytest

from demo import wire
from demo.backends import BackendTable, Wish
from demo.exposition import RouterCounters
from demo.router_admin import Admin

OLD = {"version": "1.0.0", "url": "http://127.0.0.1:1001", "weight": 100}
NEW = {"version": "1.1.0", "url": "http://127.0.0.1:1002", "weight": 0}


@pytest.fixture
def admin() -> Admin:
    table = BackendTable()
    table.replace([Wish("1.0.0", "http://127.0.0.1:1001", 100)])
    return Admin(table, RouterCounters("eu-west"))


async def call(
    admin: Admin, method: str, path: str, document: object = None, match: str | None = None
) -> tuple[int, Any, str | None]:
    body = b"" if document is None else json.dumps(document).encode()
    headers = {} if match is None else {"If_Match": match}
    reply = await admin.answer(wire.request(method, path, "admin", body, **headers))
    return reply.status, json.loads(reply.body), reply.header("ETag")


async def test_a_change_made_on_what_was_read_is_taken(admin: Admin) -> None:
    _, _, etag = await call(admin, "GET", "/admin/backends")
    status, state, changed = await call(
        admin, "PUT", "/admin/backends", {"backends": [OLD, NEW]}, match=etag
    )
    assert (status, changed) == (200, '"2"')
    assert state["backends"] == [{**OLD, "in_flight": 0}, {**NEW, "in_flight": 0}]


async def test_a_change_on_an_older_state_is_refused(admin: Admin) -> None:
    _, _, etag = await call(admin, "GET", "/weights")
    assert (await call(admin, "PUT", "/admin/backends", {"backends": [OLD, NEW]}, match=etag))[
        0
    ] == 200
    status, document, _ = await call(
        admin, "PUT", "/weights", {"weights": {"1.1.0": 100}}, match=etag
    )
    assert (status, "read it again" in document["error"]) == (412, True)
    assert (await call(admin, "GET", "/weights"))[1]["weights"] == {"1.0.0": 100.0, "1.1.0": 0.0}


async def test_a_change_must_say_what_it_is_based_on(admin: Admin) -> None:
    assert (await call(admin, "PUT", "/weights", {"weights": {"1.0.0": 100}}))[0] == 428


async def test_weights_are_set_by_version_and_read_in_percent(admin: Admin) -> None:
    await call(admin, "PUT", "/admin/backends", {"backends": [OLD, NEW]}, match="*")
    status, state, _ = await call(
        admin, "PUT", "/weights", {"weights": {"1.0.0": 19, "1.1.0": 1}}, match="*"
    )
    assert (status, state["weights"]) == (200, {"1.0.0": 95.0, "1.1.0": 5.0})


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"backends": {}},
        {"backends": [{"version": "1.0.0"}]},
        {"backends": [{**OLD, "weight": "much"}]},
        {"backends": [{**OLD, "weight": True}]},
        {"backends": [{**OLD, "version": 'x"} 1'}]},
        {"backends": [{**OLD, "url": "nowhere"}]},
        {"backends": []},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(admin: Admin, document: object) -> None:
    assert (await call(admin, "PUT", "/admin/backends", document, match="*"))[0] == 422
    assert len(admin.table.serving) == 1


async def test_metrics_are_prometheus_text(admin: Admin) -> None:
    reply = await admin.answer(wire.request("GET", "/metrics", "admin", b""))
    assert reply.header("Content-Type") == "text/plain; version=0.0.4"
    assert b"# TYPE http_request_seconds histogram" in reply.body


async def test_what_is_not_there_is_not_found(admin: Admin) -> None:
    assert (await call(admin, "DELETE", "/admin/backends"))[0] == 404
