"""What Windlass adds to each start of a task: ``python -m benchmarks task_start``.

The CPU of a start between the worker's fork and its report, beside the same DAG of operators whose
``execute`` is ``pass``; and how many starts stand in line in each release type, the longest chain
of tasks of which each waits for the one before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.airflow_alone import environment
from benchmarks.projects import ROOT, slug, write_project
from benchmarks.start_once import TASK
from benchmarks.tables import Goal, table
from windlass.ledger import open_ledger
from windlass.plan.compiling import compile_plan
from windlass.plan.inputs import parse_inputs
from windlass.plan.release_plan import ReleasePlan
from windlass.spec.product import Product
from windlass.tasks.opening import open_release
from windlass.tasks.publishing import publish_files

GOAL_MS = 15.0


def in_line(plan: ReleasePlan) -> int:
    """How many tasks the longest chain of ``plan`` has."""
    length: dict[str, int] = {}
    for task in plan.tasks:  # in the plan's order what comes before stands before
        length[task.id] = 1 + max((length[before] for before in task.after), default=0)
    return max(length.values())


def open_releases(url: str, product: Product, names: Sequence[str]) -> None:
    """Open these releases, so that a start finds its release as all but the first one do."""
    ledger = open_ledger(url, migrate=True)
    for name in names:
        open_release(
            ledger,
            release_id=name,
            product=product,
            plan=compile_plan(product, "minor"),
            inputs=parse_inputs({"reason": "feature"}, by="mia", scheduled=False),
            day_0=None,
            now=datetime.now(UTC),
        )
    publish_files(ledger, Path(product.source), at=datetime.now(UTC))
    ledger.close()


def start(folder: Path, who: str, release_id: str, url: str) -> Mapping[str, float]:
    """One start in a process of its own."""
    file = folder / f"dags-{slug(who)}" / "p0000.py"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.start_once", str(file), "p0000.minor", release_id],
        cwd=ROOT,
        env={**environment(folder), "WINDLASS_LEDGER_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr.strip()[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def chains(product: Product) -> str:
    """The table of starts in line."""
    plans = [compile_plan(product, name) for name in product.release_types]
    rows = [(plan.release_type, str(len(plan.tasks)), str(in_line(plan))) for plan in plans]
    return table(("release type", "tasks", "in line"), rows)


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print, compare with the goal; 1 when it is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks task_start", description=__doc__)
    parser.add_argument("--short", action="store_true", help="five starts instead of fifteen")
    options = parser.parse_args([*arguments])
    times = 5 if options.short else 15
    with tempfile.TemporaryDirectory(prefix="windlass-start-") as name:
        folder = Path(name)
        product = write_project(folder, 1)
        url = f"sqlite:///{folder / 'ledger.db'}"
        releases = [f"p0000.minor/measured{number}" for number in range(times)]
        open_releases(url, product, releases)
        found = {
            who: [start(folder, who, release, url) for release in releases]
            for who in ("windlass", "no-op")
        }
        lines = chains(product)
    starts = {who: [one["start"] for one in figures] for who, figures in found.items()}
    preload = min(one["preload"] for one in found["windlass"])
    rows = [
        (who, f"{min(figures):.1f}", f"{median(figures):.1f}") for who, figures in starts.items()
    ]
    print(f"CPU ms of a start of {TASK}: parse, take up the release, do nothing, write it down\n")
    print(table(("DAG by", "least", "median"), rows))
    print(f"\nImports before the first fork, once a process: {preload:.0f} ms\n")
    print("Starts in line; the rest runs beside them\n")
    print(lines)
    added = Goal("added to a start, ms", min(starts["windlass"]) - min(starts["no-op"]), GOAL_MS)
    print(f"\n{added}")
    return int(not added.holds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
