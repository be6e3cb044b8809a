"""What Airflow pays to read Windlass's DAG files: ``python -m benchmarks parse``.

CPU milliseconds a DAG to parse and serialize at 1, 100 and 500 products, each file in a fork as
Airflow does it, beside a plain loop that makes the same operators and edges, and beside the same
shape of operators that do nothing; then what a worker pays to parse before each task. Each figure
is the least of several processes; of one at 500 products.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.airflow_alone import environment
from benchmarks.projects import CALLS, ROOT, slug, write_project
from benchmarks.tables import Goal, table

#: At 100 products: for a DAG of about 45 tasks, and for the parse before a task.
DAG_GOAL_MS, START_GOAL_MS = 15.0, 10.0
GOALS_AT = 100
SIZES = (1, 100, 500)
RATIOS = ("÷ loop", "÷ no-op")

Figures = Mapping[str, float]


def measured(folder: Path, target: Path, what: str, repeats: int) -> dict[str, float]:
    """The least of each figure over ``repeats`` processes."""
    found: list[dict[str, float]] = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.parse_once", str(target), what],
            cwd=ROOT,
            env=environment(folder),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{target}: {done.stderr.strip()[-2000:]}")
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: min(one[name] for one in found) for name in found[0]}


def parsing(folder: Path, repeats: int) -> dict[str, Figures]:
    """Figures of a whole folder, by who made it."""
    return {who: measured(folder, folder / f"dags-{slug(who)}", "all", repeats) for who in CALLS}


def starting(folder: Path, repeats: int) -> dict[str, Figures]:
    """Figures of the parse before a task, from a file per product and from one file for all."""
    found = {}
    for who in ("windlass", "no-op"):
        dags = folder / f"dags-{slug(who)}"
        found[who] = measured(folder, dags / "p0000.py", "start", repeats)
        together = dags / "together.py"
        together.write_text((dags / "together.txt").read_text())
        found[f"{who}, one file"] = measured(folder, together, "start", repeats)
        together.unlink()
    return found


def whole(figures: Figures) -> float:
    """Parse and serialize, a DAG."""
    return figures["parse"] + figures["serialize"]


def parse_rows(products: int, found: Mapping[str, Figures]) -> list[Sequence[str]]:
    """The table's rows for one number of products."""
    return [
        (
            str(products),
            who,
            f"{figures['parse']:.1f}",
            f"{figures['serialize']:.1f}",
            f"{whole(figures):.1f}",
            f"{figures['again']:.1f}",
            f"{whole(figures) / whole(found['plain loop']):.2f}",
            f"{whole(figures) / whole(found['no-op']):.2f}",
            f"{figures['kilobytes']:.0f}",
            f"{figures['first']:.0f}",
        )
        for who, figures in found.items()
    ]


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print, compare with the goals; 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks parse", description=__doc__)
    parser.add_argument("--short", action="store_true", help="1 and 100 products, twice")
    options = parser.parse_args([*arguments])
    sizes, repeats = (SIZES[:2], 2) if options.short else (SIZES, 3)
    parsed: list[Sequence[str]] = []
    started: list[Sequence[str]] = []
    goals: list[Goal] = []
    tasks = 0.0
    for products in sizes:
        with tempfile.TemporaryDirectory(prefix="windlass-parse-") as name:
            folder = Path(name)
            write_project(folder, products)
            times = repeats if products < SIZES[-1] else 1
            found = parsing(folder, times)
            starts = starting(folder, times)
        tasks = found["windlass"]["tasks"]
        parsed += parse_rows(products, found)
        for who, figures in starts.items():
            started.append((str(products), who, *(f"{figures[k]:.1f}" for k in ("again", "first"))))
        if products == GOALS_AT:
            goals = [
                Goal("parse and serialize a DAG, ms", whole(found["windlass"]), DAG_GOAL_MS),
                Goal("parse before a task, ms", starts["windlass"]["again"], START_GOAL_MS),
            ]
    head = ("products", "DAGs by", "parse", "serialize", "both", "again", *RATIOS, "kB", "first")
    print(f"CPU ms a DAG of {tasks:.1f} tasks (mean of a product's four release types);")
    print("again: both, for the second time in the same fork;")
    print("first: a file in a fork with nothing of Windlass imported, ms in all\n")
    print(table(head, parsed))
    print("\nCPU ms of the parse before a task, in the worker\n")
    print(table(("products", "DAGs by", "imports paid", "imports not paid"), started))
    print("\n" + "\n".join(str(goal) for goal in goals))
    return int(not all(goal.holds for goal in goals))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
