"""One DAG per release type of a product: a thin mapping from the plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from windlass.factory.form import form
from windlass.factory.groups import build_tasks
from windlass.factory.schedule import schedule_of
from windlass.plan.compiling import compile_plan
from windlass.spec.loader import load_product
from windlass.spec.product import Product

#: Where settle, end, judges and everything of an emergency or a rollback run: never in a queue.
SAFETY_POOL = "windlass_safety"


def release_dags(dag_file: str, product_file: str) -> dict[str, DAG]:
    """The DAGs of one product, by id; in a worker only the one that runs.

    Args:
        dag_file: ``__file__`` of the DAG file.
        product_file: the product's YAML, relative to the DAG file.

    Raises:
        SpecError: the YAML is wrong; every problem, one a line. Airflow shows it as the import
            error of this product's DAG file, and of no other.
    """
    path = (Path(dag_file).parent / product_file).resolve()
    product = _product(str(path), path.stat().st_mtime_ns)
    wanted = get_parsing_context().dag_id
    ids = {f"{product.product}.{name}": name for name in product.release_types}
    if wanted in ids:
        ids = {wanted: ids[wanted]}
    return {dag_id: _dag(dag_id, product, name, path) for dag_id, name in ids.items()}


@lru_cache(maxsize=256)
def _product(path: str, _changed: int) -> Product:
    """Read once per process and change of the file."""
    return load_product(Path(path))


def _dag(dag_id: str, product: Product, release_type: str, path: Path) -> DAG:
    policy = product.policy(release_type)
    plan = compile_plan(product, release_type)
    dag = DAG(
        dag_id=dag_id,
        dag_display_name=f"{product.title or product.product} · {release_type}",
        description=policy.title or f"{release_type} release of {product.product}",
        schedule=schedule_of(product, release_type),
        catchup=False,
        max_active_runs=policy.max_active,
        tags=["windlass", product.product, release_type],
        doc_md=_doc(product, release_type, plan.not_applicable),
        default_args={"owner": "windlass"},
    )
    build_tasks(dag, plan, product_file=str(path))
    dag.params = form(product, release_type)
    return dag


def _doc(product: Product, release_type: str, left_out: Mapping[str, str]) -> str:
    lines = [f"# {product.title or product.product}: {release_type} release", ""]
    lines.append(f"Planned from `{Path(product.source).name}`. Not part of this release type:")
    lines += [f"- `{row}`: {why}" for row, why in left_out.items()]
    return "\n".join(lines)
