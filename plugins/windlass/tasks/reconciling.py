"""The second source of what people did: Airflow's audit log, compared with the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from windlass.decisions.witnessing import ACTS, Logged, Seen, missed
from windlass.tasks.release import Release


class AuditLog(Protocol):
    """What Airflow remembers of what people did to a run."""

    async def audit_log(
        self, dag_id: str, run_id: str, events: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """The rows of these events about this run, as the REST API gives them."""
        ...


async def reconcile(release: Release, log: AuditLog) -> tuple[Logged, ...]:
    """Write down what the witness missed, once each; returns what was missed so far.

    It counts for nothing beyond being known: no signature and no attestation comes of it.

    Raises:
        WindlassError: Airflow does not answer, or does not let us read the log.
    """
    dag_id, _, run_id = release.id.partition("/")
    rows = [_logged(row) for row in await log.audit_log(dag_id, run_id, tuple(ACTS))]
    events = release.ledger.events(release.id)
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
        )
    return found


def _logged(row: Mapping[str, Any]) -> Logged:
    return Logged(
        id=int(row["event_log_id"]),
        at=datetime.fromisoformat(str(row["when"])),
        event=str(row["event"]),
        task=str(row.get("task_id") or ""),
        who=str(row.get("owner") or "nobody"),
    )
