"""What a person would write without Windlass: a loop that makes the same tasks and edges."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, BaseOperator, Context, TaskGroup


class NoOp(BaseOperator):
    """The least an operator can be: a start of it costs what Airflow costs."""

    def execute(self, context: Context) -> None:
        """Do nothing."""


class Shaped:
    """Windlass's own operators, by the task's form."""


def plain_dags(dag_file: str, product: str, kind: type) -> dict[str, DAG]:
    """The DAGs of ``product`` in the shape beside ``dag_file``; no YAML, no plan, no form."""
    shape = _shape(str(Path(dag_file).with_name("shape.json")))
    return {
        f"{product}.{name}": _dag(f"{product}.{name}", one, kind) for name, one in shape.items()
    }


@cache
def _shape(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def _dag(dag_id: str, shape: dict[str, Any], kind: type) -> DAG:
    dag = DAG(dag_id=dag_id, schedule=None, catchup=False, tags=["windlass"])
    groups: dict[str, TaskGroup] = {"": dag.task_group}
    made = {task["id"]: _operator(dag, groups, task, kind) for task in shape["tasks"]}
    for before, after in shape["edges"]:
        made[before] >> made[after]
    setups = [made[task["id"]] for task in shape["tasks"] if task["nature"] == "setup"]
    for setup in setups:
        setup.as_setup()
    for task in shape["tasks"]:
        if task["nature"] == "teardown":
            made[task["id"]].as_teardown(setups=setups, on_failure_fail_dagrun=True)
    return dag


def _operator(dag: DAG, groups: dict[str, TaskGroup], task: dict[str, Any], kind: type) -> Any:
    path, _, label = task["id"].rpartition(".")
    own: dict[str, Any] = {}
    operator = kind
    if kind is Shaped:
        from windlass.factory.groups import OPERATORS
        from windlass.plan.release_plan import Form

        operator = OPERATORS[Form(task["form"])]
        own = {"row": task["row"], "product_file": "product.yaml", "release_type": "minor"}
    return operator(
        task_id=label,
        task_group=_group(dag, groups, path),
        dag=dag,
        task_display_name=task["title"],
        owner=task["owner"],
        trigger_rule=task["rule"],
        retries=3,
        retry_delay=timedelta(seconds=10),
        **own,
    )


def _group(dag: DAG, groups: dict[str, TaskGroup], path: str) -> TaskGroup:
    if path not in groups:
        above, _, label = path.rpartition(".")
        groups[path] = TaskGroup(group_id=label, parent_group=_group(dag, groups, above), dag=dag)
    return groups[path]
