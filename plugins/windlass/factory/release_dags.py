"""One DAG per release type of a product: a thin mapping from the plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from windlass.factory.form import form
from windlass.factory.groups import build_tasks
from windlass.factory.schedule import schedule_of
from windlass.plan.compiling import compile_plan
from windlass.spec.loader import load_product
from windlass.spec.product import Product

#: The name that a product's file gives it, found without reading the file as YAML.
NAMED = re.compile(r"^product:[ \t]*[\"']?([a-z0-9_-]+)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)


def release_dags(dag_file: str, product_file: str) -> dict[str, DAG]:
    """The DAGs of one product, by id; in a worker only the one that runs, with only its task.

    Args:
        dag_file: ``__file__`` of the DAG file.
        product_file: the product's YAML, relative to the DAG file.

    Raises:
        SpecError: the YAML is wrong; every problem, one a line. Airflow shows it as the import
            error of this product's DAG file, and of no other.
    """
    path = (Path(dag_file).parent / product_file).resolve()
    wanted = get_parsing_context()
    if wanted.dag_id and _names_another(path, wanted.dag_id):
        return {}
    product = load_product(path)
    ids = {f"{product.product}.{name}": name for name in product.release_types}
    if wanted.dag_id in ids:
        only = {wanted.dag_id: ids[wanted.dag_id]}
        return {i: _dag(i, product, name, path, wanted.task_id) for i, name in only.items()}
    return {i: _dag(i, product, name, path) for i, name in ids.items()}


def _names_another(path: Path, dag_id: str) -> bool:
    """Whether the file says that it is another product's than the one whose DAG is wanted."""
    try:
        found = NAMED.findall(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return False  # reading it as a product says what is wrong
    return len(found) == 1 and found[0] != dag_id.rpartition(".")[0]


def _dag(
    dag_id: str, product: Product, release_type: str, path: Path, task_id: str | None = None
) -> DAG:
    # A worker would check form and schedule before each task; the task reads the run's conf.
    in_worker = task_id is not None
    policy = product.policy(release_type)
    # A DAG shows no digest: a release works out its own when it opens.
    plan = compile_plan(product, release_type, spec_digest="")
    dag = DAG(
        dag_id=dag_id,
        dag_display_name=f"{product.title or product.product} · {release_type}",
        description=policy.title or f"{release_type} release of {product.product}",
        schedule=None if in_worker else schedule_of(product, release_type),
        catchup=False,
        max_active_runs=policy.max_active,
        tags=["windlass", product.product, release_type],
        doc_md=_doc(product, release_type, plan.not_applicable),
        default_args={"owner": "windlass"},
    )
    build_tasks(dag, plan, product_file=str(path), only=task_id)
    if not in_worker:
        dag.params = form(product, release_type)
    return dag


def _doc(product: Product, release_type: str, left_out: Mapping[str, str]) -> str:
    lines = [f"# {product.title or product.product}: {release_type} release", ""]
    lines.append(f"Planned from `{Path(product.source).name}`. Not part of this release type:")
    lines += [f"- `{row}`: {why}" for row, why in left_out.items()]
    return "\n".join(lines)
