"""One task start in a process of its own: ``python -m benchmarks.start_once FILE DAG_ID RELEASE``.

Does what Airflow's task runner does with a task between its fork and its report (parse the file
under the parsing context, find the task, execute it) and prints the CPU milliseconds as JSON:
``preload`` for what the plugin makes the forking process import once, ``start`` for the rest.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

TASK = "planning.open"


def parse(path: Path, dag_id: str) -> Any:
    """The operator, as a worker finds it."""
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.sdk.definitions._internal.dag_parsing_context import (
        _airflow_parsing_context_manager,
    )

    with _airflow_parsing_context_manager(dag_id=dag_id, task_id=TASK):
        bag = BundleDagBag(
            dag_folder=str(path),
            safe_mode=False,
            load_op_links=False,
            bundle_path=path.parent,
            bundle_name="measured",
        )
    if bag.import_errors:
        raise SystemExit(str(bag.import_errors))
    return bag.dags[dag_id].task_dict[TASK]


def context(dag_id: str, run_id: str) -> Any:
    """What these operators read of Airflow's context."""
    run = SimpleNamespace(dag_id=dag_id, run_id=run_id, run_type="manual", conf={})
    return {"dag_run": run, "params": {}}


def main() -> int:
    """Measure one start."""
    path, dag_id, release_id = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    import airflow.dag_processing.dagbag
    import airflow.sdk.execution_time.supervisor
    import airflow.sdk.execution_time.task_runner  # noqa: F401 - a worker has imported these

    from windlass.preloading import preload

    began = time.process_time()
    preload()
    loaded = time.process_time()
    parse(path, dag_id).execute(context(dag_id, release_id.partition("/")[2]))
    started = time.process_time()
    print(json.dumps({"preload": 1000 * (loaded - began), "start": 1000 * (started - loaded)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
