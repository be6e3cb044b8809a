"""One measurement in a process of its own: ``python -m benchmarks.parse_once FOLDER all|start``.

Prints one line of JSON; all figures are CPU milliseconds of this process.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.worker_parse import task_of

#: The release type whose tasks a worker is asked for, and the task.
ASKED_FOR = ("minor", "planning.scope")
#: A folder of fewer files is parsed more than once.
FORKS = 20


def cpu_ms(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU milliseconds, and what came of it."""
    began = time.process_time()
    found = work()
    return 1000 * (time.process_time() - began), found


def files(folder: Path) -> list[Path]:
    """The DAG files, one a product."""
    return sorted(folder.glob("p*.py"))


def parse_one(path: Path) -> dict[str, float]:
    """Parse a file and serialize its DAGs, twice; sums over them.

    ``again`` is both for the second time: without what a process does once, and without the pages
    that a fork must copy before it can write to them.
    """
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    def parse() -> list[Any]:
        bag = DagBag(dag_folder=str(path), bundle_path=path.parent, bundle_name="measured")
        if bag.import_errors or not bag.dags:
            raise SystemExit(f"{path}: {bag.import_errors or 'no DAG'}")
        return list(bag.dags.values())

    def serialize(dags: list[Any]) -> list[str]:
        return [json.dumps(DagSerialization.to_dict(dag)) for dag in dags]

    parsed, dags = cpu_ms(parse)
    serialized, written = cpu_ms(lambda: serialize(dags))
    again, _ = cpu_ms(lambda: serialize(parse()))
    return {
        "parse": parsed,
        "serialize": serialized,
        "again": again,
        "kilobytes": sum(map(len, written)) / 1000,
        "tasks": sum(len(dag.tasks) for dag in dags),
        "dags": len(dags),
    }


def parse_all(folder: Path) -> dict[str, float]:
    """What the DAG processor does with a folder: each file in a fork of its own; a DAG's share.

    As there, objects are frozen and plugins are loaded before. The files are alike: what differs is
    the machine, so that the least of each figure is given. ``first`` is a file in a fork that has
    nothing of Windlass imported.
    """
    import airflow.dag_processing.manager
    import airflow.dag_processing.processor  # noqa: F401 - the DAG processor has imported these
    from airflow import plugins_manager

    paths = files(folder)
    (first,) = in_forks(paths[:1])
    gc.freeze()
    plugins_manager.get_operator_extra_links()  # loads ours, which imports before the next fork
    found = in_forks(paths * -(-FORKS // len(paths)))
    least = {name: min(one[name] / one["dags"] for one in found) for name in found[0]}
    return {**least, "first": first["parse"] + first["serialize"]}


def in_forks(paths: Sequence[Path]) -> list[dict[str, float]]:
    """:func:`parse_one` of each, in a process that is forked for it."""
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        return pool.map(parse_one, paths, chunksize=1)


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
