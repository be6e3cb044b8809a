"""One request on many tasks or runs: each release has what concerns it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.witness.conftest import FORBIDDEN, SEAT, Desk
from windlass.witness.acts import act_of
from windlass.witness.spreading import parts_of

JUDGE = "execution.production.eu.judge_10"
WIDE = "~/dagRuns/~/taskInstances"
anything = settings(suppress_health_check=list(HealthCheck), deadline=None)


def events(desk: Desk, run: str, kind: str) -> list[dict[str, Any]]:
    stream = f"shop.minor/{run}"
    return [dict(e.data) for e in desk.world.ledger.events(stream) if e.type == kind]


def entity(run: str, task: str, state: str = "success", dag: str = "shop.minor") -> dict[str, str]:
    return {"dag_id": dag, "dag_run_id": run, "task_id": task, "new_state": state}


def bulk(*entities: dict[str, str], action: str = "update") -> bytes:
    return json.dumps({"actions": [{"action": action, "entities": entities}]}).encode()


def exposed(desk: Desk) -> str:
    """A release whose new version users see; its run."""
    release = desk.fresh("execution.production.step", "execution.production.judge")
    release.record("exposure.opened", target="production/eu", percent=0)
    release.record("exposure.stepped", target="production/eu", percent=10)
    return release.id.partition("/")[2]


def test_marks_of_several_releases_are_written_to_each_of_them(desk: Desk) -> None:
    """Airflow's own log has none of it, and its path names neither the DAG nor the run."""
    desk.fresh()
    body = bulk(entity("r1", SEAT), entity("r1", "planning.scope"), entity("r2", "planning.notify"))
    assert desk.send("sam", "PATCH", WIDE, body) == 200
    (one,), (two,) = events(desk, "r1", "person.did"), events(desk, "r2", "person.did")
    assert (one["action"], one["tasks"]) == ("bulk mark", [SEAT, "planning.scope"])
    assert (two["action"], two["tasks"]) == ("bulk mark", ["planning.notify"])
    assert not events(desk, "r1", "signature.given"), "a signature is of one seat"
    assert "no signature" in events(desk, "r1", "person.was_refused")[0]["reason"]


def test_what_airflow_refused_of_several_was_not_done(desk: Desk) -> None:
    """The reply is 200 all the same."""
    desk.fresh()
    body = bulk(entity("r1", SEAT), entity("r2", FORBIDDEN), entity("r2", SEAT, "failed"))
    assert desk.send("sam", "PATCH", WIDE, body) == 200
    assert [e["tasks"] for e in events(desk, "r1", "person.did")] == [[SEAT]]
    assert [e["tasks"] for e in events(desk, "r2", "person.did")] == [[SEAT]]
    (refused,) = events(desk, "r2", "person.was_refused")
    assert "may not" in refused["reason"]


@pytest.mark.parametrize("state", ["failed", "SKIPPED"])
def test_a_judge_that_is_stopped_among_others_takes_users_back(desk: Desk, state: str) -> None:
    run = exposed(desk)
    body = bulk(entity(run, JUDGE, state), entity(run, SEAT, state))
    assert desk.send("nobody", "PATCH", WIDE, body) == 200
    closed = desk.release.view.closed
    assert closed is not None
    assert closed["reason"].startswith(f"nobody {state.lower()} ")


def test_a_group_that_is_failed_takes_users_back(desk: Desk) -> None:
    run = exposed(desk)
    path = f"shop.minor/dagRuns/{run}/taskGroupInstances/execution.production.eu"
    body = json.dumps({"new_state": "failed", "note": "customers complain"}).encode()
    assert desk.send("ops", "PATCH", path, body) == 200
    assert desk.release.view.closed is not None


def test_a_mark_that_reaches_other_tasks_or_runs_is_no_signature(desk: Desk) -> None:
    body = json.dumps({"new_state": "success", "include_future": True}).encode()
    assert desk.patch("sam", body, answer=False) == 200
    assert not desk.release.view.signatures
    assert desk.release.view.set_by_hand == {SEAT: 1}


def test_a_run_that_users_see_is_deleted_by_no_bulk_request_either(desk: Desk) -> None:
    run = exposed(desk)
    body = bulk({"dag_run_id": "r1"}, {"dag_run_id": run}, action="delete")
    assert desk.send("ops", "PATCH", "shop.minor/dagRuns", body) == 409
    assert [e["status"] for e in events(desk, run, "person.was_refused")] == [409]
    assert [e["status"] for e in events(desk, "r1", "person.was_refused")] == [409], "none is done"


def test_runs_marked_and_cleared_together_are_written_to_each_release(desk: Desk) -> None:
    desk.fresh()
    runs = [{"dag_run_id": run, "dag_id": "shop.minor", "state": "failed"} for run in ("r1", "r2")]
    assert desk.send("ops", "PATCH", "~/dagRuns", bulk(*runs)) == 200
    cleared = json.dumps({"dag_runs": [{"dag_run_id": "r2"}], "dry_run": False}).encode()
    assert desk.send("ops", "POST", "shop.minor/clearDagRuns", cleared) == 200
    assert [e["action"] for e in events(desk, "r1", "person.did")] == ["mark run"]
    assert [e["action"] for e in events(desk, "r2", "person.did")] == ["mark run", "clear run"]


@pytest.mark.parametrize("pattern,status", [("shop", 409), ("~", 409), ("etl|pay%", 200)])
def test_pausing_every_dag_of_a_pattern_is_refused_while_users_see_one(
    desk: Desk, pattern: str, status: int
) -> None:
    exposed(desk)
    body = json.dumps({"is_paused": True}).encode()
    query = f"dag_id_pattern={pattern}".encode()
    assert desk.send("ops", "PATCH", "", body, query) == status


@pytest.mark.parametrize(
    "body",
    [
        {"actions": "all"},
        {"actions": [{"action": "update", "entities": {"task_id": "a"}}, 7]},
        {"actions": [{"action": "update", "entities": [None, 7, {"task_id": ["a"]}]}]},
    ],
)
def test_a_malformed_bulk_request_names_no_release(desk: Desk, body: Any) -> None:
    act = act_of("PATCH", f"/api/v2/dags/{WIDE}")
    assert act is not None
    assert parts_of(act, body, "", desk.world.ledger) == ()


names = st.sampled_from(["shop.minor", "r1", "~", SEAT, "x\x00", "\ud800", ""]) | st.text(
    max_size=5
)
things = st.dictionaries(
    st.sampled_from(["dag_id", "dag_run_id", "task_id", "new_state", "map_index"]),
    names | st.none() | st.integers() | st.lists(names, max_size=2),
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "actions": st.lists(
            st.fixed_dictionaries(
                {"action": st.sampled_from(["update", "delete", "create"]) | names},
                optional={"entities": st.lists(things | names | st.none(), max_size=4) | names},
            )
            | names,
            max_size=3,
        )
        | names,
        "dag_runs": st.lists(things | names, max_size=3) | names,
        "dag_run_id": names | st.none() | st.integers(),
        "is_paused": st.booleans(),
    },
)


@settings(anything, max_examples=30)
@given(
    where=st.sampled_from(
        [("PATCH", WIDE), ("PATCH", "shop.minor/dagRuns"), ("POST", "~/clearDagRuns"),
         ("POST", "shop.minor/clearTaskInstances"), ("PATCH", "")]
    ),
    body=requests,
    query=st.binary(max_size=20),
)  # fmt: skip
def test_whatever_a_request_on_many_says_it_is_airflow_s_to_refuse(
    desk: Desk, where: tuple[str, str], body: Any, query: bytes
) -> None:
    assert desk.send("sam", *where, json.dumps(body).encode(), query) in (200, 422)
    desk.world.ledger.verify("shop.minor/r1")


@pytest.mark.deep
@settings(anything, max_examples=1000)
@given(body=requests)
def test_thousands_of_requests_on_many(desk: Desk, body: Any) -> None:
    assert desk.send("sam", "PATCH", WIDE, json.dumps(body).encode()) in (200, 422)


def test_clearing_without_naming_a_run_is_asked_of_every_open_release_of_the_dag(
    desk: Desk,
) -> None:
    desk.fresh()
    act = act_of("POST", "/api/v2/dags/shop.minor/clearTaskInstances")
    assert act is not None
    parts = parts_of(act, {"task_ids": ["a"]}, "", desk.world.ledger)
    assert {"r1", "r2"} <= {part.act.run for part in parts}


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/api/v2/dags"),
        ("POST", "/api/v2/dags"),
        ("PATCH", "/api/v2/dagSources/a.b"),
        ("PATCH", "/api/v2/dags/etl/dagRuns/r1"),
        ("PATCH", "/execution/task-instances/a.b"),
    ],
)
def test_what_is_no_write_to_a_release_passes_after_one_look_at_its_path(
    method: str, path: str
) -> None:
    assert act_of(method, path) is None
