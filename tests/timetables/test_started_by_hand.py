"""Who or what starts a run, and why: its first task refuses one for which nobody says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.api.datamodels._generated import DagRunType
from airflow.sdk.exceptions import AirflowFailException

from tests.timetables.test_ready import CADENCE, project
from windlass.factory.form import form
from windlass.ledger import open_ledger
from windlass.ledger.views.folding import fold
from windlass.operators.release_operator import ReleaseOperator
from windlass.operators.taking_up import take_up_or_open
from windlass.plan.inputs import REASONS
from windlass.spec.loader import load_product

pytestmark = pytest.mark.airflow
#: Begins yesterday and outlasts everything that is looked at.
NO_END = (
    f"{{name: move, from: {datetime.now(UTC) - timedelta(days=1):%F}, lasts: 600 days, "
    "reason: r, owner: o}"
)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    found = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("WINDLASS_LEDGER_URL", found)
    open_ledger(found, migrate=True).close()
    return found


def first_task(file: Path, run_id: str, run: dict[str, Any] | None = None, **conf: Any) -> Any:
    """What the first task of a run does before anything else; ``run`` is what Airflow says of it.

    The type of a run is the enumeration that Airflow's workers have: its text is not its value.
    """
    values = {
        "dag_id": "shop.minor",
        "run_id": run_id,
        "run_type": DagRunType.MANUAL,
        "triggering_user_name": "mia",
        "data_interval_end": None,
        "conf": conf,
    }
    told = SimpleNamespace(**values | (run or {}))
    operator = ReleaseOperator(
        task_id="planning.open", row="planning.open", product_file=str(file), release_type="minor"
    )
    context: Any = {"dag_run": told, "params": {}}
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


@pytest.mark.parametrize("kind", [DagRunType.SCHEDULED, DagRunType.BACKFILL])
def test_the_calendar_needs_no_reason_and_its_interval_ends_at_day_0(
    tmp_path: Path, url: str, kind: DagRunType
) -> None:
    day_0 = datetime(2026, 3, 10, 10, tzinfo=UTC)
    run = {"run_type": kind, "data_interval_end": day_0, "triggering_user_name": None}
    release = first_task(project(tmp_path), "release__2026-03-10", run)
    assert (release.inputs.reason, release.inputs.by) == ("cadence", "calendar")
    assert release.view.day_0 == day_0


@pytest.mark.parametrize("cadence", ["", CADENCE])
def test_next_is_the_first_window_after_the_lead_and_empty_is_as_soon_as_one_fits(
    tmp_path: Path, url: str, cadence: str
) -> None:
    """The product is open at every hour, so the lead time alone decides."""
    file, before = project(tmp_path, cadence), datetime.now(UTC)
    release = first_task(file, "run-1", reason="feature", day_0="next")
    lead = release.policy.lead.time
    assert release.view.day_0 is not None
    assert timedelta(0) <= release.view.day_0 - before - lead < timedelta(minutes=2)
    assert first_task(file, "run-2", reason="feature").view.day_0 is None
    launch = first_task(file, "run-3", reason="launch", day_0="2031-03-04T10:00:00+01:00")
    assert launch.view.day_0 == datetime(2031, 3, 4, 9, tzinfo=UTC)


def test_where_no_window_opens_next_is_refused_before_anything_is_opened(
    tmp_path: Path, url: str
) -> None:
    file = project(tmp_path)
    text = f"calendar: company\nfreezes: [{NO_END}]\n"
    (tmp_path / "calendars/company.yaml").write_text(text)
    with pytest.raises(AirflowFailException, match="no window that is known opens"):
        first_task(file, "run-1", reason="feature", day_0="next")
    with open_ledger(url) as ledger:
        assert ledger.head("shop.minor/run-1") is None


def test_an_end_of_development_is_its_own_reason(tmp_path: Path, url: str) -> None:
    told = {"completion": "commit-1", "text": "ready is 1234"}
    events = [SimpleNamespace(extra={"from_trigger": True, "payload": told})]
    run = {
        "run_type": DagRunType.ASSET_TRIGGERED,
        "triggering_user_name": None,
        "consumed_asset_events": events,
    }
    release = first_task(project(tmp_path), "asset_triggered__1", run)
    assert (release.inputs.reason, release.inputs.by) == ("ready", "development")
    assert (release.inputs.note, release.inputs.completion) == ("ready is 1234", "commit-1")


def test_the_form_offers_every_reason_and_asks_for_none_since_the_calendar_gives_none(
    tmp_path: Path,
) -> None:
    product = load_product(project(tmp_path))
    reason = form(product, "minor").get_param("reason")
    assert reason.value is None
    assert reason.schema["enum"] == [None, *REASONS]
