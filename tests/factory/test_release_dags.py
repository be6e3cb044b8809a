"""What a DAG file gives: everything to the DAG processor, one task to a worker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from airflow.sdk import get_parsing_context

from windlass.errors import SpecError
from windlass.factory import release_dags
from windlass.plan.compiling import compile_plan
from windlass.spec.loader import load_product

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "include/products/storefront.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "include", tmp_path / "include")
    return tmp_path


def in_worker(monkeypatch: pytest.MonkeyPatch, dag_id: str, task_id: str) -> None:
    """As Airflow's task runner sets it around the parse."""
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", dag_id)
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_TASK_ID", task_id)
    assert get_parsing_context() == (dag_id, task_id)


def test_the_dag_processor_gets_every_release_type_whole(project: Path) -> None:
    dags = release_dags(str(project / "dag.py"), PRODUCT)
    product = load_product(project / PRODUCT)
    assert set(dags) == {f"storefront.{name}" for name in product.release_types}
    for name in product.release_types:
        planned = {task.id for task in compile_plan(product, name).tasks}
        assert set(dags[f"storefront.{name}"].task_dict) == planned


@pytest.mark.parametrize(
    "task_id",
    [
        "planning.open",
        "validation.readiness.approval.devops",
        "execution.production.eu-west.step_5",
        "execution.settle",
        "release.end",
    ],
)
def test_a_worker_gets_one_task_that_is_as_the_whole_dag_has_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, task_id: str
) -> None:
    whole = release_dags(str(project / "dag.py"), PRODUCT)["storefront.minor"]
    in_worker(monkeypatch, "storefront.minor", task_id)
    dags = release_dags(str(project / "dag.py"), PRODUCT)
    assert list(dags) == ["storefront.minor"]
    dag = dags["storefront.minor"]
    assert list(dag.task_dict) == [task_id]
    assert whole.params
    assert whole.timetable.can_be_scheduled
    assert not dag.params, "Airflow would check the form before every task"
    assert not dag.timetable.can_be_scheduled, "and the calendar"
    apart = {"dag", "task_group", "upstream_task_ids", "downstream_task_ids"}
    one, same = dag.task_dict[task_id], whole.task_dict[task_id]
    for name in type(same).get_serialized_fields() - apart:
        assert getattr(one, name, None) == getattr(same, name, None), name


@pytest.mark.parametrize(
    "task_id, seconds",
    [
        ("validation.readiness.approval.devops", 600),
        ("execution.production.eu-west.window", 600),
        ("execution.settle", 600),
        ("execution.production.eu-west.step_5", 70),
        ("execution.production.eu-west.judge_5", 70),
    ],
)
def test_what_waits_outlives_ten_minutes_without_an_answer_and_what_users_feel_does_not_wait(
    project: Path, task_id: str, seconds: int
) -> None:
    task = release_dags(str(project / "dag.py"), PRODUCT)["storefront.minor"].task_dict[task_id]
    delays = [
        min(task.retry_delay * task.retry_exponential_backoff**n, task.max_retry_delay)
        for n in range(task.retries)
    ]
    lasts = sum(delay.total_seconds() for delay in delays)
    assert seconds <= lasts <= seconds * 1.5


def test_a_worker_that_asks_for_a_task_the_product_has_no_more_gets_the_whole_dag(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow then says itself which task it missed."""
    in_worker(monkeypatch, "storefront.minor", "planning.no_such_task")
    dags = release_dags(str(project / "dag.py"), PRODUCT)
    assert "planning.open" in dags["storefront.minor"].task_dict


def test_a_worker_reads_only_its_own_product(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many products in one DAG file cost a task start no more than one; a broken one costs none."""
    (project / "include/products/other.yaml").write_text("product: other\nnonsense: 1\n")
    in_worker(monkeypatch, "storefront.minor", "planning.open")
    assert release_dags(str(project / "dag.py"), "include/products/other.yaml") == {}
    assert list(release_dags(str(project / "dag.py"), PRODUCT)) == ["storefront.minor"]


def test_a_file_that_cannot_be_read_is_still_an_import_error_in_a_worker(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_worker(monkeypatch, "storefront.minor", "planning.open")
    with pytest.raises(SpecError, match=r"gone\.yaml:1: \(file\): cannot be read"):
        release_dags(str(project / "dag.py"), "include/products/gone.yaml")


def test_an_edit_of_the_company_is_seen_at_the_next_parse(project: Path) -> None:
    """Nothing is remembered from one parse to the next."""
    release_dags(str(project / "dag.py"), PRODUCT)
    (project / "include/company.yaml").write_text("defaults: 5\n")
    with pytest.raises(SpecError):
        release_dags(str(project / "dag.py"), PRODUCT)


def test_the_form_offers_the_flags_that_a_release_can_ramp(project: Path) -> None:
    with (project / PRODUCT).open("a") as file:
        file.write("flags: {new-cart: {steps: [50, 100]}}\n")
    text = (project / PRODUCT).read_text()
    vendor = 'vendors:\n  flags: {flagd: {path: "flags/{environment}-{region}.json"}}\n'
    (project / PRODUCT).write_text(text.replace("vendors:\n", vendor, 1))
    dags = release_dags(str(project / "dag.py"), PRODUCT)
    for name in ("minor", "flag"):
        asked = dags[f"storefront.{name}"].params.get_param("flags")
        assert asked.schema["items"]["enum"] == ["new-cart"]
    assert "flags" not in dags["storefront.emergency"].params
    ramps = [each for each in dags["storefront.flag"].task_dict if ".new-cart.ramp_" in each]
    assert ramps[0] == "execution.production.eu-west.new-cart.ramp_50"
    before = dags["storefront.minor"].task_dict[ramps[0]].upstream_task_ids
    assert before == {"execution.production.eu-west.validate"}
