"""Folders of products and DAG files to measure with: Windlass's, a plain loop's, a no-op's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windlass.plan.compiling import compile_plan
from windlass.plan.release_plan import Nature, ReleasePlan
from windlass.spec.loader import load_product
from windlass.spec.product import Product

ROOT = Path(__file__).resolve().parents[1]

#: Who makes the DAGs → what a product's DAG file calls for it.
CALLS = {
    "windlass": "release_dags(__file__, '../include/products/{name}.yaml')",
    "plain loop": "plain_dags(__file__, '{name}', Shaped)",
    "no-op": "plain_dags(__file__, '{name}', NoOp)",
}
IMPORTS = {
    "windlass": "from windlass.factory import release_dags",
    "plain loop": "from benchmarks.plain_dags import Shaped, plain_dags",
    "no-op": "from benchmarks.plain_dags import NoOp, plain_dags",
}


def write_project(folder: Path, products: int) -> Product:
    """Write ``products`` products with the demo's shape and their DAG files, three ways.

    ``dags-<who>/`` holds one file per product; ``together-<who>.py`` all of them in one file.
    """
    shutil.copytree(ROOT / "include", folder / "include")
    written = folder / "include/products/storefront.yaml"
    text = written.read_text(encoding="utf-8").replace("  major: yes\n", "")
    written.unlink()
    names = [f"p{number:04}" for number in range(products)]
    for name in names:
        path = written.with_name(f"{name}.yaml")
        path.write_text(text.replace("product: storefront", f"product: {name}"), encoding="utf-8")
    product = load_product(written.with_name("p0000.yaml"))
    for who, call in CALLS.items():
        dags = folder / f"dags-{slug(who)}"
        dags.mkdir()
        (dags / "shape.json").write_text(json.dumps(shapes(product)), encoding="utf-8")
        for name in names:
            (dags / f"{name}.py").write_text(dag_file(who, [call.format(name=name)]))
        (dags / "together.txt").write_text(
            dag_file(who, [call.format(name=name) for name in names])
        )
    return product


def slug(who: str) -> str:
    """The name in a path."""
    return who.replace(" ", "-")


def dag_file(who: str, calls: list[str]) -> str:
    """The text of a DAG file."""
    lines = [f"globals().update({call})" for call in calls]
    head = ['"""Airflow DAGs to measure."""', "from __future__ import annotations"]
    return "\n".join([*head, IMPORTS[who], *lines, ""])


def shapes(product: Product) -> Mapping[str, Any]:
    """Release type → its tasks, edges and what a hand-written loop would need to know."""
    return {name: _shape(compile_plan(product, name)) for name in product.release_types}


def _shape(plan: ReleasePlan) -> Mapping[str, Any]:
    setups = {task.id for task in plan.tasks if task.nature is Nature.SETUP}
    return {
        "tasks": [
            {
                "id": task.id,
                "form": task.form.value,
                "row": task.row,
                "title": task.title,
                "owner": ", ".join(task.owners) or "windlass",
                "rule": "all_success" if setups & set(task.after) else task.rule.value,
                "nature": task.nature.value,
            }
            for task in plan.tasks
        ],
        "edges": [(before, task.id) for task in plan.tasks for before in task.after],
    }
