"""The asset ``windlass://PRODUCT/ready``: cadence or end of development, one release either way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DagRunInfo, TimeRestriction
from airflow.utils.types import DagRunType

from windlass.factory.release_dags import release_dags
from windlass.factory.schedule import schedule_of
from windlass.ledger import open_ledger
from windlass.operators.taking_up import _completion
from windlass.spec.loader import load_product
from windlass.triggers.ready import ReadyTrigger

pytestmark = pytest.mark.airflow
PRODUCT = """\
product: shop
roles: {product_manager: [mia], developer: [dev], devops: [ops], qa_engineer: [q], stakeholder: [s]}
vendors:
  source_control: {git: {repository: r.git}}
  tracker: {folder: {path: issues}}
  deployments: {processes: {fleet: f.json}}
environments:
  - production: {live: yes, window: always}
preset: small
"""
CADENCE = "cadence: {every: 2 weeks, on: [tue], at: '10:00', zone: UTC, anchor: 2026-01-06}\n"
READY = "ready: {tracker: next, every: 1 s}\n"


def project(folder: Path, *more: str) -> Path:
    (folder / "products").mkdir()
    (folder / "calendars").mkdir()
    (folder / "calendars/company.yaml").write_text("calendar: company\nzone: UTC\n")
    (folder / "dag.py").write_text("")
    file = folder / "products/shop.yaml"
    file.write_text(PRODUCT + "".join(more))
    return file


def minor(folder: Path) -> DAG:
    return release_dags(str(folder / "dag.py"), "products/shop.yaml")["shop.minor"]


def test_the_dag_of_cadence_and_asset_serializes_the_same_on_every_parse(tmp_path: Path) -> None:
    project(tmp_path, CADENCE, READY)
    first, second = (DagSerialization.to_dict(minor(tmp_path)) for _ in range(2))
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    again = DagSerialization.from_dict(first)
    assert again.timetable.summary.startswith("Asset or Day 0 every 2 weeks on tue")
    restriction = TimeRestriction(None, None, catchup=False)
    info = again.timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction)
    assert info is not None
    assert info.data_interval is not None
    name = again.timetable.generate_run_id(
        run_type=DagRunType.SCHEDULED, run_after=info.run_after, data_interval=info.data_interval
    )
    assert name == f"release__{info.data_interval.end:%F}"


def test_airflows_calendar_page_shows_it_even_when_lead_times_overlap(tmp_path: Path) -> None:
    """The page passes the end of the last interval as its run_after and stops at earlier runs."""
    project(tmp_path, CADENCE, READY, "release_types: {minor: {lead: 20 days}}\n")
    table = DagSerialization.from_dict(DagSerialization.to_dict(minor(tmp_path))).timetable
    restriction = TimeRestriction(None, None, catchup=False)
    first = table.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction)
    from_the_page = DagRunInfo(first.data_interval.end, first.data_interval)
    shown = [
        table.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
        for last in (from_the_page, first)
    ]
    assert shown[0].run_after > first.data_interval.end > shown[1].run_after


def test_without_a_cadence_the_asset_alone_starts_it_and_only_what_it_drives(
    tmp_path: Path,
) -> None:
    product = load_product(project(tmp_path, READY))
    (asset,) = schedule_of(product, "minor")  # type: ignore[misc] # the schedule is a tuple here
    assert asset.uri == "windlass://shop/ready"
    assert schedule_of(product, "patch") is None
    DagSerialization.to_dict(minor(tmp_path))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadyTrigger:
    """The trigger, as a triggerer that only has what was serialized makes it."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("WINDLASS_LEDGER_URL", url)
    open_ledger(url, migrate=True).close()
    product = load_product(project(tmp_path, READY)).model_copy(update={"root": str(tmp_path)})
    (asset,) = schedule_of(product, "minor")  # type: ignore[misc] # the schedule is a tuple here
    _, kwargs = asset.watchers[0].trigger.serialize()
    return ReadyTrigger(**json.loads(json.dumps(kwargs)))


def issue(folder: Path, key: str, status: str) -> None:
    (folder / "issues").mkdir(exist_ok=True)
    text = f"---\nkey: {key}\ntitle: t\nkind: feature\nversion: next\nstatus: {status}\n---\n"
    (folder / f"issues/{key}.md").write_text(text)


def test_it_fires_when_the_last_planned_issue_is_done_and_not_before(
    tmp_path: Path, watched: ReadyTrigger
) -> None:
    assert watched.look() is None
    issue(tmp_path, "SHOP-1", "done")
    issue(tmp_path, "SHOP-2", "open")
    assert watched.look() is None
    issue(tmp_path, "SHOP-2", "done")

    async def first() -> Any:
        async for event in watched.run():
            return event.payload
        return None

    told = asyncio.run(first())
    assert told["text"] == "next is done: SHOP-1, SHOP-2"
    run = SimpleNamespace(
        consumed_asset_events=[SimpleNamespace(extra={"from_trigger": True, "payload": told})]
    )
    assert _completion(run)["completion"] == told["completion"]
    assert _completion(run)["reason"] == "ready"


def test_it_does_not_fire_again_for_a_completion_that_a_release_was_started_for(
    tmp_path: Path, watched: ReadyTrigger
) -> None:
    """A triggerer that starts anew has forgotten what it told; the ledger has not."""
    issue(tmp_path, "SHOP-1", "done")
    found = watched.look()
    assert found is not None
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        inputs = {"completion": found.marker}
        data = {"product": "shop", "inputs": inputs}
        ledger.append("shop.minor/x", "release.opened", data, at=ledger_now())
    assert watched.look() is None
    issue(tmp_path, "SHOP-2", "done")
    assert watched.look() is not None


def ledger_now() -> Any:
    from datetime import UTC, datetime

    return datetime(2026, 1, 6, tzinfo=UTC)
