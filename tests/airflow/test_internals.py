"""What Windlass takes from Airflow's insides is there, and does what we rely on.

An upgrade of Airflow that moves one of these fails here first, with its name.
"""

from __future__ import annotations

import inspect
import re
import uuid
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
from fastapi.routing import APIRoute

from windlass import airflow_internals
from windlass.witness.acts import WRITES, act_of
from windlass.witness.reconciling import ACTS, ON_THE_COMMAND_LINE

with warnings.catch_warnings():
    # Airflow imports Starlette's test client by way of svcs; it asks for another httpx.
    warnings.simplefilter("ignore")
    from airflow.api_fastapi import app as airflow_app
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.routes.public import public_router
    from airflow.api_fastapi.core_api.security import get_user
    from airflow.models.revoked_token import RevokedToken

pytestmark = pytest.mark.airflow

DAG = "shop.minor"
#: The parts of a route's path that stand for names.
NAMES = re.compile(r"{[^}]+}")


class Supervisor:
    """Takes what a task sends; a real one hands it to the API server."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, msg: Any) -> None:
        self.sent.append(msg)


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Airflow's own simple auth manager, as the API server makes it."""
    name = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", name)
    airflow_app.purge_cached_app()
    yield airflow_app.create_auth_manager()
    airflow_app.purge_cached_app()


def user(role: str) -> SimpleAuthManagerUser:
    return SimpleAuthManagerUser(username="mia", role=role)


def test_a_required_action_takes_what_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call of ReleaseOperator, argument by argument."""
    supervisor = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
    ti = uuid.uuid4()
    airflow_internals.upsert_hitl_detail(
        ti_id=ti,
        options=["Approve", "Reject"],
        subject="Required approval",
        body="where to read",
        params={"reason": {"value": "", "description": "Why", "schema": {"type": "string"}}},
    )
    (sent,) = supervisor.sent
    assert isinstance(sent, CreateHITLDetailPayload)
    assert (sent.ti_id, sent.options, sent.subject) == (
        ti,
        ["Approve", "Reject"],
        "Required approval",
    )
    assert (sent.assigned_users, sent.multiple, sent.defaults) == ([], False, None)


def test_airflow_logs_the_acts_that_the_reconciler_looks_for_and_no_bulk_mark() -> None:
    """An act that Airflow began to log, or logs under another name, is missed without a word."""
    routes = [route for route in public_router.routes if isinstance(route, APIRoute)]
    logs = {route.name for route in routes if any(map(_logs, route.dependant.dependencies))}
    writes = {
        route.name
        for route in routes
        for method in route.methods & WRITES
        if act_of(method, NAMES.sub("x.y", route.path.replace("{map_index}", "0"))) is not None
    }
    assert set(ACTS) <= logs
    on_dags = {"patch_dag", "patch_dags", "delete_dag"}
    assert writes & logs == set(ACTS) | on_dags
    assert {"bulk_task_instances", "delete_task_instance"} <= writes - logs


def _logs(dependency: Any) -> bool:
    return getattr(dependency.call, "__name__", "") == "log_action"


@pytest.mark.parametrize("event", ON_THE_COMMAND_LINE)
def test_the_commands_that_go_past_the_api_have_the_names_that_are_looked_for(event: str) -> None:
    """Airflow logs a command under the name of its function."""
    kind = event.removeprefix("cli_").partition("_")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for graphviz, to draw DAGs with
        module = import_module(f"airflow.cli.commands.{kind}_command")
    assert callable(getattr(module, event.removeprefix("cli_")))


async def test_a_good_token_gives_its_user_and_any_other_gives_nobody(
    manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The list of tokens that were logged out is in Airflow's database, which is not here.
    monkeypatch.setattr(RevokedToken, "is_revoked", lambda *_, **__: False)
    token = manager.generate_jwt(user("OP"))
    found = await airflow_internals.resolve_token(token)
    assert found is not None
    assert found.get_id() == "mia"
    assert await airflow_internals.resolve_token(token[:-4] + "AAAA") is None
    assert await airflow_internals.resolve_token("") is None


def test_whoever_asks_for_a_page_is_found_by_airflows_own_dependency() -> None:
    assert airflow_internals.logged_in() is get_user
    assert "request" in inspect.signature(get_user).parameters


@pytest.mark.parametrize(
    "role,sees,changes",
    [("ADMIN", True, True), ("OP", True, True), ("USER", True, True), ("VIEWER", True, False)],
)
def test_roles_see_and_change_releases_as_they_do_in_airflow(
    manager: Any, role: str, sees: bool, changes: bool
) -> None:
    seen = airflow_internals.may_see(user(role), {DAG, "shop.patch"})
    assert (seen == {DAG, "shop.patch"}) == sees
    assert airflow_internals.may_change(user(role), DAG) == changes


def test_every_import_of_the_module_is_held_here() -> None:
    """A function that is added there needs a test here."""
    assert set(airflow_internals.__all__) == {
        "logged_in",
        "may_change",
        "may_see",
        "resolve_token",
        "upsert_hitl_detail",
    }
    public = {
        name
        for name, value in vars(airflow_internals).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert public == set(airflow_internals.__all__)
