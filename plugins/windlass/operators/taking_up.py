"""Find the release of a DAG run in the ledger; the first task to run opens it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.connections import airflow_ports, configured_ledger, connect
from windlass.errors import InputError, NotConfigured
from windlass.plan.compiling import compile_plan
from windlass.plan.dating import day_0_after_completion, next_window
from windlass.plan.inputs import parse_inputs
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.tasks.opening import open_release, take_up
from windlass.tasks.people import person_called
from windlass.tasks.publishing import publish_files
from windlass.tasks.release import Release

if TYPE_CHECKING:
    from windlass.operators.release_operator import ReleaseOperator

#: Airflow's types of runs whose data interval ends at a Day 0 of the cadence.
BY_THE_CALENDAR = ("scheduled", "backfill")
#: Who starts a release that the calendar starts.
CALENDAR = "calendar"
#: Who starts a release when development is complete.
DEVELOPMENT = "development"


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
    scheduled = run.run_type in BY_THE_CALENDAR
    ready = run.run_type == "asset_triggered"
    by = person_called(product, run.triggering_user_name or (DEVELOPMENT if ready else CALENDAR))
    form = {**(run.conf or {}), **(_completion(run) if ready else {})}
    try:
        inputs = parse_inputs(form, by=by, scheduled=scheduled)
    except InputError as problem:
        raise AirflowFailException(f"this release cannot start:\n{problem}") from problem
    day_0 = inputs.day_0 or (run.data_interval_end if scheduled else None)
    if ready:
        day_0 = day_0_after_completion(product, operator.release_type, now())
    elif inputs.next_window:
        day_0 = _next_window(product, operator.release_type)
    try:
        open_release(
            configured_ledger(),
            release_id=release_id,
            product=product,
            plan=compile_plan(product, operator.release_type),
            inputs=inputs,
            day_0=day_0,
            now=now(),
        )
    except InputError as problem:
        raise AirflowFailException(f"this release cannot start:\n{problem}") from problem


def _next_window(product: Product, release_type: str) -> datetime:
    """Day 0 of a release for which somebody asked for the next window."""
    found = next_window(product, release_type, now())
    if found is None:
        raise AirflowFailException(
            "this release cannot start:\nday_0: no window that is known opens; name an instant"
        )
    return found


def _completion(run: Any) -> dict[str, Any]:
    """What a run that the asset started stands for: the newest event says which completion."""
    extras = [dict(event.extra or {}) for event in run.consumed_asset_events]
    told = [extra.get("payload") or extra for extra in extras]
    newest = told[-1] if told else {}
    return {
        "reason": "ready",
        "note": str(newest.get("text") or "somebody said that development is complete"),
        "completion": newest.get("completion"),
    }
