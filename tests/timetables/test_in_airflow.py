"""The timetable inside a real Airflow: serialized, stored, listed by its API and its calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow import configuration, settings
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from windlass.timetables import SprintTimetable

pytestmark = pytest.mark.airflow
ANCHOR = datetime.now(UTC).date() - timedelta(days=40)
NOW = datetime.now(UTC)


def timetable(freezes: list[dict[str, Any]] | None = None, lead: str = "3 days") -> SprintTimetable:
    return SprintTimetable(
        place={
            "product": "storefront",
            "environment": "production",
            "region": None,
            "zone": "UTC",
            "window": "always",
            "live": ["production"],
        },
        cadence={
            "every": "2 weeks",
            "on": [ANCHOR.strftime("%a").lower()],
            "at": "10:00",
            "zone": "Europe/Zurich",
            "anchor": ANCHOR.isoformat(),
        },
        calendar={"calendar": "company", "zone": "Europe/Zurich", "freezes": freezes or []},
        lead=lead,
    )


def dag(table: SprintTimetable, dag_id: str = "storefront.minor") -> DAG:
    return DAG(dag_id, schedule=table, catchup=False, max_active_runs=10)


def test_the_airflow_of_whoever_runs_the_tests_is_left_alone() -> None:
    assert Path(configuration.AIRFLOW_HOME).name.startswith("windlass-airflow-")
    assert Path(settings.engine.url.database).parent == Path(configuration.AIRFLOW_HOME)


def test_a_dag_with_it_serializes_and_two_parses_are_equal() -> None:
    first = DagSerialization.to_dict(dag(timetable()))
    second = DagSerialization.to_dict(dag(timetable()))
    assert first == second
    stored = first["dag"]["timetable"]
    assert stored["__type"] == "windlass.timetables.sprint.SprintTimetable"
    again = DagSerialization.from_dict(first)
    assert again.timetable.serialize() == timetable().serialize()
    assert again.timetable.summary == timetable().summary


@pytest.fixture(scope="module")
def api() -> Iterator[Callable[[str], dict[str, Any]]]:
    """GET on the API server of an Airflow with an empty database."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from airflow.api_fastapi.app import create_app
        from airflow.utils.db import initdb
        from fastapi.testclient import TestClient

        initdb()
        app = create_app()
        with TestClient(app) as client:
            token = client.get("/auth/token").json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}

            def get(path: str) -> dict[str, Any]:
                answer = client.get(path, headers=headers)
                assert answer.status_code == 200, answer.text
                found: dict[str, Any] = answer.json()
                return found

            yield get


def store(made: DAG) -> None:
    """What the DAG processor does with a parsed DAG."""
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.utils.session import create_session

    made.fileloc, made.relative_fileloc = __file__, "storefront.py"
    with create_session() as session:
        if session.get(DagBundleModel, "windlass") is None:
            session.add(DagBundleModel(name="windlass"))
            session.commit()
        update_dag_parsing_results_in_db(
            bundle_name="windlass",
            bundle_version=None,
            version_data=None,
            dags=[LazyDeserializedDAG.from_dag(made)],
            import_errors={},
            parse_duration=None,
            warnings=set(),
            session=session,
        )


def schedule_one(dag_id: str) -> str:
    """What the scheduler does when the next run is due; gives the run's id."""
    from airflow.models.dag import DagModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    with create_session() as session:
        model = session.get(DagModel, dag_id)
        made = SerializedDagModel.get_dag(dag_id, session=session)
        info = made.timetable.next_run_info_from_dag_model(dag_model=model)
        run = made.create_dagrun(
            run_id=made.timetable.generate_run_id(
                run_type=DagRunType.SCHEDULED,
                run_after=info.run_after,
                data_interval=info.data_interval,
            ),
            logical_date=info.logical_date,
            data_interval=info.data_interval,
            run_after=info.run_after,
            run_type=DagRunType.SCHEDULED,
            triggered_by=DagRunTriggeredByType.TIMETABLE,
            state=DagRunState.QUEUED,
            session=session,
        )
        model.calculate_dagrun_date_fields(dag=made, reference_run=run)
        return str(run.run_id)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_api_shows_the_next_run_and_a_freeze_moves_it(
    api: Callable[[str], dict[str, Any]],
) -> None:
    store(dag(timetable()))
    shown = api("/api/v2/dags/storefront.minor")
    assert shown["timetable_summary"] == timetable().summary
    before = instant(shown["next_dagrun_run_after"])
    day_zero = instant(shown["next_dagrun_data_interval_end"])
    assert day_zero.astimezone(UTC) - before == timedelta(days=3)

    day = day_zero.date().isoformat()
    freeze = {"name": "audit", "from": day, "until": day, "reason": "audit", "owner": "mia"}
    store(dag(timetable([freeze])))
    moved = api("/api/v2/dags/storefront.minor")
    assert instant(moved["next_dagrun_data_interval_end"]) - day_zero == timedelta(days=1)
    assert instant(moved["next_dagrun_run_after"]) - before == timedelta(days=1)


@pytest.mark.parametrize("lead,first", [("3 days", 1), ("20 days", 3)])
def test_five_sprints_ahead_are_shown_by_airflows_calendar(
    api: Callable[[str], dict[str, Any]], lead: str, first: int
) -> None:
    """With overlapping leads the page leaves out the starts before the last run's Day 0."""
    name = f"storefront.{lead.replace(' ', '_')}"
    table = timetable(lead=lead)
    store(dag(table, name))
    run_id = schedule_one(name)
    last = datetime.strptime(run_id, "release__%Y-%m-%d").replace(tzinfo=UTC)
    page = api(f"/ui/calendar/{name}")
    planned = [instant(row["date"]).date() for row in page["dag_runs"] if row["state"] == "planned"]
    lead_days = int(lead.split(maxsplit=1)[0])
    expected = [
        (last + timedelta(days=14 * step - lead_days)).date() for step in range(first, first + 5)
    ]
    this_year = [day for day in expected if day.year == last.year]
    assert planned[: len(this_year)] == this_year


def test_runs_made_by_the_scheduler_are_named_once_each(
    api: Callable[[str], dict[str, Any]],
) -> None:
    store(dag(timetable(), "storefront.twice"))
    made = [schedule_one("storefront.twice") for _ in range(3)]
    days = [datetime.strptime(run_id, "release__%Y-%m-%d").replace(tzinfo=UTC) for run_id in made]
    assert [(day - days[0]).days for day in days] == [0, 14, 28]
    listed = api("/api/v2/dags/storefront.twice/dagRuns")["dag_runs"]
    assert {run["dag_run_id"] for run in listed} == set(made)
    for run in listed:
        assert run["data_interval_end"][:10] == run["dag_run_id"].removeprefix("release__")
        assert run["logical_date"] == run["data_interval_start"] == run["run_after"]
