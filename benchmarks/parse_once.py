"""One measurement in a process of its own: ``python -m benchmarks.parse_once FOLDER all|start``.

Prints one line of JSON; all figures are CPU milliseconds of this process.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.worker_parse import task_of

#: The release type whose tasks a worker is asked for, and the task.
ASKED_FOR = ("minor", "planning.scope")


def cpu_ms(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU milliseconds, and what came of it."""
    began = time.process_time()
    found = work()
    return 1000 * (time.process_time() - began), found


def files(folder: Path) -> list[Path]:
    """The DAG files, one a product."""
    return sorted(folder.glob("p*.py"))


def parse_all(folder: Path) -> dict[str, float]:
    """What the DAG processor does with a folder: parse each file, serialize each DAG."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    def parse(path: Path) -> list[Any]:
        bag = DagBag(dag_folder=str(path), bundle_path=folder, bundle_name="measured")
        if bag.import_errors or not bag.dags:
            raise SystemExit(f"{path}: {bag.import_errors or 'no DAG'}")
        return list(bag.dags.values())

    def serialize(dags: list[Any]) -> int:
        return sum(len(json.dumps(DagSerialization.to_dict(dag))) for dag in dags)

    paths = files(folder)
    first, dags = cpu_ms(lambda: parse(paths[0]))
    first_serialized, _ = cpu_ms(lambda: serialize(dags))
    parsed, dags = cpu_ms(lambda: [dag for path in paths for dag in parse(path)])
    serialized, size = cpu_ms(lambda: serialize(dags))
    count = len(dags)
    return {
        "first": first + first_serialized,
        "parse": parsed / count,
        "serialize": serialized / count,
        "tasks": sum(len(dag.tasks) for dag in dags) / count,
        "kilobytes": size / count / 1000,
    }


def parse_for_start(path: Path) -> dict[str, float]:
    """What a worker does before it runs a task: parse the file under the parsing context.

    The first parse pays the imports that Airflow has not made, the second does not.
    """
    release_type, task_id = ASKED_FOR

    def parse() -> Any:
        return task_of(path, f"p0000.{release_type}", task_id)

    first, _ = cpu_ms(parse)
    again, _ = cpu_ms(parse)
    return {"first": first, "again": again}


def main() -> int:
    """Measure what the arguments say."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    import airflow.dag_processing.dagbag
    import airflow.sdk
    import airflow.serialization.serialized_objects  # noqa: F401 - paid before the clock starts

    print(json.dumps(parse_all(folder) if what == "all" else parse_for_start(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
