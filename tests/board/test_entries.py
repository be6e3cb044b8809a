"""What Airflow is told of the pages."""

from __future__ import annotations

import pytest
from airflow.api_fastapi.app import RESERVED_URL_PREFIXES
from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

from windlass.board.entries import entries
from windlass.board.prefix import PREFIX
from windlass.operators.question_form import PAGE
from windlass.plugin import WindlassPlugin

pytestmark = pytest.mark.airflow


def test_airflow_takes_the_entries() -> None:
    """One wrong entry and Airflow drops the whole plugin from its list."""
    views = [ExternalViewResponse(**entry) for entry in entries()]
    assert {view.destination for view in views} == {"nav", "dag_run"}


def test_entries_lead_below_airflows_own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://tools.example/airflow/")
    assert {entry["href"] for entry in entries()} == {
        "/airflow/releases/",
        "/airflow/releases/release?id={DAG_ID}%2F{RUN_ID}",
    }


def test_airflow_mounts_the_pages_where_questions_link_to() -> None:
    (app,) = WindlassPlugin().fastapi_apps
    assert app["url_prefix"] == PREFIX
    assert not PREFIX.startswith(tuple(RESERVED_URL_PREFIXES))
    assert f"/{PAGE}" in {f"{PREFIX}{route.path}" for route in app["app"].routes}
