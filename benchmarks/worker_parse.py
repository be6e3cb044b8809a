"""How a worker of Airflow finds its task: it parses the DAG file under the parsing context."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def task_of(path: Path, dag_id: str, task_id: str) -> Any:
    """The operator, as a worker finds it.

    Raises:
        SystemExit: the file does not parse, or has no such task.
    """
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import (
        _airflow_parsing_context_manager,
    )

    with _airflow_parsing_context_manager(dag_id=dag_id, task_id=task_id):
        bag = BundleDagBag(
            dag_folder=str(path),
            safe_mode=False,
            load_op_links=False,
            bundle_path=path.parent,
            bundle_name="measured",
        )
    if bag.import_errors or task_id not in bag.dags[dag_id].task_dict:
        raise SystemExit(f"{path}: {bag.import_errors or f'no {task_id}'}")
    return bag.dags[dag_id].task_dict[task_id]
