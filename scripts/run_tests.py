"""Runs the tests in groups and closes with one line that counts all of them.

The Airflow-free group stays free of Airflow's import and is shown as it runs, on every core. The
group that runs Airflow does one test after the other and waits for most of its time: it runs
beside the first, goes first where both want the processor, and is shown when it has ended. A group
in which no test ran is a failure when the whole suite was asked for.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from junitparser import JUnitXml

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "build" / "tests"
NO_TESTS_RAN = 5
STANDS_BACK = 10

GROUPS = {
    "plain": "not airflow and not browser and not deep",
    "airflow": "(airflow or browser) and not deep",
    "deep": "deep or hypothesis",
}
MORE_OPTIONS = {
    "plain": ["-n", "auto", "--dist", "loadfile"],
    "airflow": ["--timeout", "600"],
    "deep": ["-n", "auto", "--timeout", "3600"],
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How one group came out; ``clean`` is pytest's own word."""

    passed: int
    failed: int
    skipped: int
    clean: bool


class Group:
    """One group of tests in a process of its own, counted from its JUnit report."""

    def __init__(self, name: str, paths: list[str], *, niceness: int, out: IO[str] | None) -> None:
        """Start it.

        Args:
            niceness: how far it stands back when something else wants the processor.
            out: where its output goes; None is the terminal.
        """
        self.name, self._start, self._out = name, time.monotonic(), out
        self._report = REPORTS / f"{name}.xml"
        self._report.unlink(missing_ok=True)
        command = ["nice", "-n", str(niceness), sys.executable, "-m", "pytest", "-m", GROUPS[name]]
        self._process = subprocess.Popen(
            [*command, f"--junitxml={self._report}", *MORE_OPTIONS[name], *paths],
            cwd=ROOT,
            env={**os.environ, "HYPOTHESIS_PROFILE": "deep" if name == "deep" else "quick"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
        )

    def result(self) -> Tally:
        """Wait for its end, show what was not shown yet, and count."""
        code = self._process.wait()
        if self._out is not None:
            print(f"== {self.name}: {GROUPS[self.name]}")
            self._out.seek(0)
            shutil.copyfileobj(self._out, sys.stdout)
            self._out.close()
        tally = count(self._report, clean=code in (0, NO_TESTS_RAN))
        seconds = time.monotonic() - self._start
        print(f"== {self.name}: {tally.passed + tally.failed} run in {seconds:.0f} s", flush=True)
        return tally


def run_side_by_side(names: list[str], paths: list[str]) -> dict[str, Tally]:
    """Run the groups at once; the first is shown as it runs, and stands back for the others."""
    shown, *others = names
    print(f"== {shown}: {GROUPS[shown]}", flush=True)
    started = [
        Group(name, paths, niceness=0, out=(REPORTS / f"{name}.txt").open("w+")) for name in others
    ]
    first = Group(shown, paths, niceness=STANDS_BACK if others else 0, out=None)
    return {group.name: group.result() for group in (first, *started)}


def count(report: Path, *, clean: bool) -> Tally:
    """Count a report; a run that wrote none counts as one failure."""
    if not report.exists():
        return Tally(passed=0, failed=1, skipped=0, clean=False)
    suites = list(JUnitXml.fromfile(str(report)))
    failed = sum(suite.failures + suite.errors for suite in suites)
    skipped = sum(suite.skipped for suite in suites)
    return Tally(sum(suite.tests for suite in suites) - failed - skipped, failed, skipped, clean)


def browser_ready() -> bool:
    """Install a browser where that is possible; False only where one is owed (CI)."""
    command = [str(ROOT / "scripts" / "install-chromium")]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def main() -> int:
    """Run the groups asked for; 0 when everything ran and passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(GROUPS))
    parser.add_argument("paths", nargs="*", help="test files or folders; default: all")
    options = parser.parse_args()
    groups = [options.only] if options.only else ["plain", "airflow"]
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "summary.txt").unlink(missing_ok=True)
    if "airflow" in groups and not browser_ready():
        return 1

    tallies = run_side_by_side(groups, options.paths)
    whole_suite = not options.paths
    empty = [name for name, t in tallies.items() if t.passed + t.failed == 0 and whole_suite]
    for name in empty:
        print(f"no test ran in the group {name!r}: that is a failure")
    passed, failed, skipped = (
        sum(getattr(t, field) for t in tallies.values())
        for field in ("passed", "failed", "skipped")
    )
    summary = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    (REPORTS / "summary.txt").write_text(summary + "\n")
    print(summary)
    fine = not empty and not failed and passed and all(t.clean for t in tallies.values())
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
