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

from benchmarks.worker_parse import task_of

TASK = "planning.open"


def context(dag_id: str, run_id: str) -> Any:
    """What these operators read of Airflow's context."""
    run = SimpleNamespace(dag_id=dag_id, run_id=run_id, run_type="manual", conf={})
    return {"dag_run": run}


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
    task_of(path, dag_id, TASK).execute(context(dag_id, release_id.partition("/")[2]))
    started = time.process_time()
    print(json.dumps({"preload": 1000 * (loaded - began), "start": 1000 * (started - loaded)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
