"""Airflow's audit log beside what the witness wrote down: what did it miss?

============================================  ==========================================
Airflow's log has                             it was
============================================  ==========================================
an act the witness wrote within a minute      seen; each thing written down explains one
an act it did not write                       missed (it was off, or passed by)
the same act twice, written down once         missed once
an act on the command line                    missed, always: that goes past the API
a task's own state, a look, a dry run         none of anybody's business
an act of the last two minutes                not judged yet
============================================  ==========================================

Who did it is not compared: the log has a display name, the ledger the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Airflow's event → what the witness calls it.
ACTS: Mapping[str, str] = {
    "update_hitl_detail": "answer",
    "patch_task_instance": "mark",
    "patch_task_group_instances": "bulk mark",
    "bulk_task_instances": "bulk mark",
    "post_clear_task_instances": "clear",
    "patch_dag_run": "mark run",
    "clear_dag_run": "clear run",
    "delete_dag_run": "delete run",
}
#: ``airflow tasks clear`` and ``airflow dags delete``, as Airflow logs them (``cli_`` and the name
#: of the command's function): the witness cannot see them.
ON_THE_COMMAND_LINE = ("cli_task_clear", "cli_dag_delete")
#: Apart by more than this, two acts are two.
NEAR = timedelta(seconds=60)
#: What is younger may still be being written down.
SETTLED = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of Airflow's audit log about one release; ``task`` is empty for wider acts.

    ``command`` is what was typed, where it was done on the command line.
    """

    id: int
    at: datetime
    event: str
    task: str
    who: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the witness wrote down before it let an act through."""

    at: datetime
    action: str
    task: str


def missed(rows: Iterable[Logged], seen: Iterable[Seen], now: datetime) -> tuple[Logged, ...]:
    """The acts among ``rows`` that nothing in ``seen`` explains, oldest first."""
    left = sorted(seen, key=lambda each: each.at)
    found = []
    for row in sorted(rows, key=lambda each: (each.at, each.id)):
        ours = row.event in ACTS or row.event in ON_THE_COMMAND_LINE
        if not ours or now - row.at < SETTLED:
            continue
        match = next((each for each in left if _explains(each, row)), None)
        if match is None:
            found.append(row)
        else:
            left.remove(match)
    return tuple(found)


def _explains(seen: Seen, row: Logged) -> bool:
    same = seen.action == ACTS.get(row.event) and seen.task == row.task
    return same and abs(row.at - seen.at) <= NEAR
