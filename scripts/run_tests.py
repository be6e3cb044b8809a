"""Runs the tests in groups and closes with one line that counts all of them.

The Airflow-free group runs first and on every core: it is quick, and it stays free of Airflow's
import. The group that runs Airflow has the machine to itself, one test after the other. A group in
which no test ran is a failure when the whole suite was asked for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from junitparser import JUnitXml

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "build" / "tests"
NO_TESTS_RAN = 5

GROUPS = {
    "plain": "not airflow and not browser and not deep",
    "airflow": "(airflow or browser) and not deep",
    "deep": "deep or hypothesis",
}
MORE_OPTIONS = {
    "plain": ["-n", "auto", "--dist", "loadfile"],
    "airflow": ["--timeout", "600"],
    "deep": ["-n", "auto", "--dist", "loadgroup", "--timeout", "3600"],
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How one group came out; ``clean`` is pytest's own word."""

    passed: int
    failed: int
    skipped: int
    clean: bool


def run_group(name: str, paths: list[str]) -> Tally:
    """Run one group of tests in a process of its own and count it from its JUnit report."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    start = time.monotonic()
    print(f"== {name}: {GROUPS[name]}", flush=True)
    command = [sys.executable, "-m", "pytest", "-m", GROUPS[name], f"--junitxml={report}"]
    process = subprocess.Popen(
        [*command, *MORE_OPTIONS[name], *paths],
        cwd=ROOT,
        env={
            **os.environ,
            "HYPOTHESIS_PROFILE": "deep" if name == "deep" else "quick",
            # Compiled once, not by each of dozens of processes, wherever this is set.
            "PYTHONDONTWRITEBYTECODE": "",
        },
        stdin=subprocess.DEVNULL,
    )
    tally = count(report, clean=exit_code(process) in (0, NO_TESTS_RAN))
    seconds = time.monotonic() - start
    print(f"== {name}: {tally.passed + tally.failed} run in {seconds:.0f} s", flush=True)
    return tally


def exit_code(process: subprocess.Popen[bytes]) -> int:
    """Wait for it. Ctrl-C reaches it, too: it is given the time to stop what it started."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        print("\n== stopping; Airflow and its database take a moment", flush=True)
        process.wait()
        raise


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

    tallies = {name: run_group(name, options.paths) for name in groups}
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
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
