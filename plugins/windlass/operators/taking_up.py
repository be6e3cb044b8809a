"""Find the release of a DAG run in the ledger; the first task to run opens it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.connections import airflow_ports, configured_ledger, connect
from windlass.errors import InputError, NotConfigured
from windlass.plan.compiling import compile_plan
from windlass.plan.inputs import parse_inputs
from windlass.spec.loader import load_product
from windlass.tasks.opening import open_release, take_up
from windlass.tasks.people import person_called
from windlass.tasks.publishing import publish_files
from windlass.tasks.release import Release

if TYPE_CHECKING:
    from windlass.operators.release_operator import ReleaseOperator

#: Who starts a release that the calendar starts.
CALENDAR = "calendar"


def now() -> datetime:
    """The instant it is, in UTC."""
    return datetime.now(UTC)


def take_up_or_open(operator: ReleaseOperator, context: Context) -> Release:
    """The release of this DAG run, opened on the plan of its product's file if it is new.

    Raises:
        AirflowFailException: the inputs are wrong; all of them are named.
        AirflowSkipException: the frozen plan has no such task (the DAG changed since).
    """
    run = context["dag_run"]
    release_id = f"{run.dag_id}/{run.run_id}"
    ledger = configured_ledger()
    if ledger.head(release_id) is None:
        _open(operator, context, release_id)
    for problem in publish_files(ledger, Path(operator.product_file), at=now()):
        operator.log.warning("teams and calendar stay as they were: %s", problem)
    release = take_up(ledger, release_id, connect=airflow_ports, clock=now)
    if all(task.id != operator.task_id for task in release.plan.tasks):
        raise AirflowSkipException(
            f"{operator.task_id} is not in the plan that this release opened with"
        )
    release.starter = AirflowApi(connect(CONNECTION)) if _has_api() else None
    return release


def _has_api() -> bool:
    """Whether other DAGs can be started: the connection to Airflow's own API is there."""
    try:
        connect(CONNECTION)
    except NotConfigured:
        return False
    return True


def _open(operator: ReleaseOperator, context: Context, release_id: str) -> None:
    run = context["dag_run"]
    product = load_product(Path(operator.product_file))
    scheduled = str(run.run_type) == "scheduled"
    by = person_called(product, run.triggering_user_name or CALENDAR)
    try:
        inputs = parse_inputs(_form(context), by=by, scheduled=scheduled)
    except InputError as problem:
        raise AirflowFailException(f"this release cannot start:\n{problem}") from problem
    open_release(
        configured_ledger(),
        release_id=release_id,
        product=product,
        plan=compile_plan(product, operator.release_type),
        inputs=inputs,
        day_0=inputs.day_0 or (run.data_interval_end if scheduled else None),
        now=now(),
    )


def _form(context: Context) -> Mapping[str, Any]:
    return {**(context.get("params") or {}), **(context["dag_run"].conf or {})}
