"""A small product whose tasks can be stopped on the doorstep: running, and nothing done yet.

Its only release type has no gates, so that a release is in production within seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.airflow.counters import Counters
from tests.airflow.small import Small

if TYPE_CHECKING:
    from airflow.sdk import DAG

BARE = """\
release_types:
  minor: no
  patch: no
  bare:
    tasks: [validation.cut, validation.candidate]
    lead: 1 day
    cut: 1 h
    needs_reason: yes
    review_due: 5 days
    approvals: {acceptance: [], readiness: []}
    follow_up: {monitor: 1 s, interval: 1 s}
"""
LOADER = """\

from pathlib import Path
from tests.airflow.stalling import stall_at_the_door
stall_at_the_door(globals(), Path({stalls!r}))
"""
#: Where a release of each product stops: every task of production.
DOORS = {
    f"at-{region}-{task.replace('_', '-')}": f"execution.production.{region}.{task}"
    for region, tasks in {
        "eu": ("window", "health", "step_50", "judge_50", "step_100", "judge_100"),
        "us": ("window", "health", "step_100", "judge_100"),
    }.items()
    for task in tasks
}
#: Nothing stays stopped longer than this, whatever became of the test; seconds.
LONGEST = 300.0


@dataclass(slots=True)
class Stalling(Small):
    """A task stops before it begins, for as long as :meth:`stall` says so."""

    kind: str = "bare"

    @property
    def stalls(self) -> Path:
        """A file here stops the task of its name; ``.at`` besides says that it stands there."""
        return self.root / "stalls"

    def stall(self, task: str) -> None:
        """From now on ``task`` stops on its doorstep."""
        (self.stalls / task).touch()

    def stands_at(self, task: str) -> bool:
        """Whether a process of Airflow is about to do ``task``."""
        return (self.stalls / f"{task}.at").exists()

    def go_on(self) -> None:
        """Nothing is stopped any more."""
        for file in self.stalls.iterdir():
            file.unlink()

    def text(self, words: dict[str, str]) -> str:
        """See :class:`Small`."""
        return Small.text(self, words).partition("release_types:\n")[0] + BARE

    def make(self, include: Path, dags: Path, counters: Counters | None = None) -> None:
        """See :class:`Small`; its DAG file stalls besides."""
        Small.make(self, include, dags, counters)
        self.stalls.mkdir()
        with (dags / f"{self.name}.py").open("a") as file:
            file.write(LOADER.format(stalls=str(self.stalls)))


def stall_at_the_door(names: Mapping[str, Any], stalls: Path) -> None:
    """Every task of every DAG among ``names`` stops where a file says so, before it begins."""
    for dag in [found for found in names.values() if hasattr(found, "dag_id")]:
        _stall_in(dag, stalls)


def _stall_in(dag: DAG, stalls: Path) -> None:
    for task in dag.tasks:
        task.on_execute_callback = [_stop(stalls / task.task_id)]


def _stop(file: Path) -> Any:
    def stop(context: object) -> None:
        until = time.monotonic() + LONGEST
        while file.exists() and time.monotonic() < until:
            file.with_name(f"{file.name}.at").touch()
            time.sleep(0.1)

    return stop
