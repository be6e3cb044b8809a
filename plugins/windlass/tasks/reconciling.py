"""The second source of what people did: Airflow's audit log, compared with the ledger."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from windlass.decisions.witnessing import ACTS, ON_THE_COMMAND_LINE, SETTLED, Logged, Seen, missed
from windlass.ledger import Event
from windlass.tasks.release import Release

#: What an act that was asked for may end with.
ENDS = ("person.did", "person.was_refused", "person.was_cut_off")


class AuditLog(Protocol):
    """What Airflow remembers of what people did to a run."""

    async def audit_log(
        self, dag_id: str, run_id: str | None, events: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """The rows of these events about this run, or about the whole DAG, as the API has them."""
        ...


def say_what_was_cut_off(release: Release) -> int:
    """Write down which acts never got their end: the API server ended before it replied.

    The person was told nothing. What came of the act, if Airflow had taken it, is in the events of
    its task. Returns how many there are now.
    """
    asked: dict[str, Event] = {}
    for event in release.ledger.events(release.id):
        if event.type == "person.asked":
            asked[str(event.data["id"])] = event
        elif event.type in ENDS:
            asked.pop(str(event.data.get("id", "")), None)
    late = [event for event in asked.values() if release.now() - event.at >= SETTLED]
    for event in late:
        release.record(
            "person.was_cut_off",
            key=f"person.was_cut_off#{event.data['id']}",
            by=event.by,
            **{name: event.data[name] for name in ("action", "task", "id")},
        )
    return len(late)


async def reconcile(release: Release, log: AuditLog) -> tuple[Logged, ...]:
    """Write down what the witness missed, once each; returns what was missed so far.

    It counts for nothing beyond being known: no signature and no attestation comes of it. What was
    done on the command line Airflow logs for the DAG, without the run: every release of the DAG
    that was open then has it, with the whole command.

    Raises:
        WindlassError: Airflow does not answer, or does not let us read the log.
    """
    dag_id, _, run_id = release.id.partition("/")
    events = release.ledger.events(release.id)
    of_the_run = await log.audit_log(dag_id, run_id, tuple(ACTS))
    of_the_dag = await log.audit_log(dag_id, None, ON_THE_COMMAND_LINE)
    rows = [_logged(row) for row in (*of_the_run, *of_the_dag)]
    rows = [row for row in rows if row.at >= events[0].at]
    seen = [
        Seen(event.at, str(event.data.get("action", "")), str(event.data.get("task") or ""))
        for event in events
        if event.type == "person.asked"
    ]
    found = missed(rows, seen, release.now())
    for row in found:
        release.record(
            "witness.missed",
            key=f"missed#{row.id}",
            by="watchdog",
            log=row.id,
            event=row.event,
            task=row.task,
            who=row.who,
            when=row.at.isoformat(),
            command=row.command,
        )
    return found


def _logged(row: Mapping[str, Any]) -> Logged:
    return Logged(
        id=int(row["event_log_id"]),
        at=datetime.fromisoformat(str(row["when"])),
        event=str(row["event"]),
        task=str(row.get("task_id") or ""),
        who=str(row.get("owner") or "nobody"),
        command=_command(row.get("extra")),
    )


def _command(extra: object) -> str:
    """What was typed; empty for what was not done on a command line."""
    try:
        words = json.loads(str(extra or "{}")).get("full_command", "")
        found = ast.literal_eval(words) if words.startswith("[") else [words]
    except (ValueError, SyntaxError, AttributeError):
        return ""
    return shlex.join(str(word) for word in found if word)
