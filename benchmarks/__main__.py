"""``python -m benchmarks [NAME…]``: all the tables or those named; what ``make bench`` runs.

parse, task_start: what Windlass costs Airflow. judge: against the rules of others. windows:
calendar arithmetic. witness: what it costs other requests. fleet: the rollout of 24 regions in the
pure core. draining: requests lost while good versions come and go. ``--long`` takes the judge's
4,000 runs a scenario instead of 400, parses 500 products too, and drains a hundred times. The exit
code is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.projects import ROOT

#: Name → the words after ``python -m benchmarks.`` when a quick answer is wanted, and a whole one.
BENCHMARKS: dict[str, tuple[list[str], list[str]]] = {
    "parse": (["--short"], []),
    "task_start": (["--short"], []),
    "judge": (["--short"], []),
    "windows": ([], []),
    "witness": ([], []),
    "fleet": ([], []),
    "draining": (["--short"], []),
}


def main() -> int:
    """Run what is asked for, each in a process of its own; 1 when one of them says so."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--long", action="store_true", help="the whole tables, half an hour")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there is: {', '.join(BENCHMARKS)}"
        )
    missed = []
    for name in options.names or BENCHMARKS:
        print(f"\n== {name}\n", flush=True)
        words = BENCHMARKS[name][1 if options.long else 0]
        command = [sys.executable, "-m", f"benchmarks.{name}", *words]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            missed.append(name)
    if missed:
        print(f"\nA goal is missed in: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
