"""A run that a person starts: its first task refuses it when nobody says why."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from tests.timetables.test_ready import project
from windlass.factory.form import form
from windlass.ledger import open_ledger
from windlass.ledger.views.folding import fold
from windlass.operators.release_operator import ReleaseOperator
from windlass.operators.taking_up import take_up_or_open
from windlass.plan.inputs import REASONS
from windlass.spec.loader import load_product

pytestmark = pytest.mark.airflow


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("WINDLASS_LEDGER_URL", found)
    open_ledger(found, migrate=True).close()
    return found


def first_task(file: Path, run_id: str, **conf: Any) -> Any:
    """What the first task of a run does before anything else."""
    run = SimpleNamespace(
        dag_id="shop.minor",
        run_id=run_id,
        run_type="manual",
        triggering_user_name="mia",
        data_interval_end=None,
        conf=conf,
    )
    operator = ReleaseOperator(
        task_id="planning.open", row="planning.open", product_file=str(file), release_type="minor"
    )
    context: Any = {"dag_run": run, "params": {}}
    return take_up_or_open(operator, context)


def test_without_a_reason_its_first_task_refuses_it_and_nothing_is_opened(
    tmp_path: Path, url: str
) -> None:
    file = project(tmp_path)
    with pytest.raises(AirflowFailException, match="must say why"):
        first_task(file, "run-1")
    with open_ledger(url) as ledger:
        assert ledger.head("shop.minor/run-1") is None
    release = first_task(file, "run-2", reason="market", note="the fair is in May")
    assert release.inputs.reason == "market"
    with open_ledger(url) as ledger:
        opened = fold("shop.minor/run-2", ledger.events("shop.minor/run-2")).opened
    assert opened is not None
    assert opened["inputs"]["note"] == "the fair is in May"


def test_the_form_offers_every_reason_and_asks_for_none_since_the_calendar_gives_none(
    tmp_path: Path,
) -> None:
    product = load_product(project(tmp_path))
    reason = form(product, "minor").get_param("reason")
    assert reason.value is None
    assert reason.schema["enum"] == [None, *REASONS]
