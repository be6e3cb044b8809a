"""The second source of what people did: Airflow's audit log, compared with the ledger."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from windlass.decisions.witnessing import SETTLED, Logged, Seen, missed
from windlass.ledger import Event
from windlass.tasks.release import Release
from windlass.witness.acts import ANY, Act, Kind
from windlass.witness.spreading import parts_of

#: Airflow's event (the name of the route's function) → what the witness calls it. Airflow 3.3 logs
#: no row for a bulk mark, for a deleted task instance and for the state store.
ACTS: Mapping[str, Kind] = {
    "update_hitl_detail": Kind.ANSWER,
    "patch_task_instance": Kind.MARK,
    "patch_task_group_instances": Kind.BULK,
    "post_clear_task_instances": Kind.CLEAR,
    "patch_dag_run": Kind.MARK_RUN,
    "clear_dag_run": Kind.CLEAR_RUN,
    "delete_dag_run": Kind.DELETE_RUN,
    "bulk_dag_runs": Kind.BULK_RUNS,
    "clear_dag_runs": Kind.CLEAR_RUNS,
}
#: Those whose row names no run: the runs are in what was sent, or all of the DAG's are meant.
ON_SEVERAL = ("post_clear_task_instances", "bulk_dag_runs", "clear_dag_runs")
#: ``airflow tasks clear``, ``dags clear`` and ``dags delete``, as Airflow logs them (``cli_`` and
#: the name of the command's function): the witness cannot see them.
ON_THE_COMMAND_LINE = ("cli_task_clear", "cli_dag_clear", "cli_dag_delete")
#: What an act that was asked for may end with.
ENDS = ("person.did", "person.was_refused", "person.was_cut_off")


class AuditLog(Protocol):
    """What Airflow remembers of what people did to a run."""

    async def audit_log(
        self, dag_id: str, run_id: str | None, events: Sequence[str], since: datetime
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
    opened = events[0].at
    rows = [
        *await log.audit_log(dag_id, run_id, tuple(ACTS), opened),
        *await log.audit_log(dag_id, None, (*ON_SEVERAL, *ON_THE_COMMAND_LINE), opened),
        *await log.audit_log(ANY, None, ON_SEVERAL, opened),
    ]
    once = {row["event_log_id"]: row for row in rows}.values()
    logged = [each for row in once for each in _of(release, row)]
    seen = [
        Seen(event.at, str(event.data.get("action", "")), str(event.data.get("task") or ""))
        for event in events
        if event.type == "person.asked"
    ]
    found = missed(logged, seen, release.now())
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


def _of(release: Release, row: Mapping[str, Any]) -> list[Logged]:
    """What a row says about the release: nothing, one act, or one for each kind in a request."""
    event, said = str(row["event"]), _said(row.get("extra"))
    if event in ON_THE_COMMAND_LINE:
        return [_logged(row, "", _command(said))]
    dag, run, task = (str(row.get(name) or "") for name in ("dag_id", "run_id", "task_id"))
    parts = parts_of(Act(ACTS[event], dag, run, task), said, "", release.ledger)
    return [_logged(row, part.act.kind) for part in parts if part.act.release == release.id]


def _logged(row: Mapping[str, Any], action: str, command: str = "") -> Logged:
    return Logged(
        id=int(row["event_log_id"]),
        at=datetime.fromisoformat(str(row["when"])),
        event=str(row["event"]),
        action=action,
        task=str(row.get("task_id") or ""),
        who=str(row.get("owner") or "nobody"),
        command=command,
    )


def _said(extra: object) -> Mapping[str, Any]:
    """What Airflow keeps of a request or a command; empty when it is no JSON object."""
    try:
        found = json.loads(str(extra or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _command(said: Mapping[str, Any]) -> str:
    """What was typed: Airflow keeps it as Python's text of a list."""
    words = str(said.get("full_command", ""))
    try:
        found = ast.literal_eval(words) if words.startswith("[") else [words]
    except (ValueError, SyntaxError):
        return words
    return shlex.join(str(word) for word in found if word)
