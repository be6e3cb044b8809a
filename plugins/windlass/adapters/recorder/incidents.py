"""Incidents and change requests that a dry run would have opened or moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from windlass.adapters.recorder.call import SIMULATED, Log, from_json
from windlass.ports.incidents import ChangeRecord, ChangeRecords, Incident, Incidents


class RecordedIncidents:
    """Incidents written down come after the real ones."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self, inner: Incidents, log: Log, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._inner, self._log, self._now = inner, log, now

    async def open_incidents(self, service: str) -> tuple[Incident, ...]:
        """See the port."""
        made = [incident for incident in self._made() if incident.service == service]
        return (*await self._inner.open_incidents(service), *made)

    async def linked_to(self, version: str) -> tuple[Incident, ...]:
        """See the port."""
        made = [incident for incident in self._made() if incident.version == version]
        return (*await self._inner.linked_to(version), *made)

    async def find(self, marker: str) -> Incident | None:
        """See the port."""
        made = self._log.last("open", marker=marker)
        return from_json(Incident, made.answer) if made else await self._inner.find(marker)

    async def open(
        self, *, marker: str, title: str, text: str, severity: str, service: str, version: str
    ) -> Incident:
        """See the port."""
        earlier = await self.find(marker)
        if earlier is not None:
            return earlier
        number = len(self._log.calls("open")) + 1
        incident = Incident(
            id=f"{SIMULATED}incident-{number}",
            title=title,
            severity=severity,
            open=True,
            opened_at=self._now(),
            service=service,
            version=version,
        )
        self._log.add(
            "open", f"open the {severity} incident {title!r}", incident,
            marker=marker, title=title, text=text, severity=severity, service=service,
            version=version,
        )  # fmt: skip
        return incident

    def _made(self) -> list[Incident]:
        return [from_json(Incident, call.answer) for call in self._log.calls("open")]


class RecordedChangeRecords:
    """Change requests written down are approved at once, so that the dry run can go on."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: ChangeRecords, log: Log) -> None:
        self._inner, self._log = inner, log

    async def find(self, key: str) -> ChangeRecord | None:
        """See the port."""
        made = self._log.last("open", key=key)
        found = from_json(ChangeRecord, made.answer) if made else await self._inner.find(key)
        if found is None:
            return None
        moved = self._log.last("move", record_id=found.id)
        noted = self._log.last("remark", record_id=found.id)
        return replace(
            found,
            state=str(moved.arguments["state"]) if moved else found.state,
            note=str(noted.arguments["note"]) if noted else found.note,
        )

    async def open(self, *, key: str, title: str, text: str, standard: bool) -> ChangeRecord:
        """See the port."""
        earlier = await self.find(key)
        if earlier is not None:
            return earlier
        number = len(self._log.calls("open")) + 1
        record = ChangeRecord(f"{SIMULATED}change-{number}", key, "approved", title, text)
        kind = "standard change" if standard else "change"
        self._log.add(
            "open", f"open the {kind} {title!r}", record,
            key=key, title=title, text=text, standard=standard,
        )  # fmt: skip
        return record

    async def move(self, record_id: str, state: str, note: str) -> None:
        """See the port."""
        would = f"move the change {record_id} to {state}"
        self._log.add("move", would, record_id=record_id, state=state, note=note)

    async def remark(self, record_id: str, note: str) -> None:
        """See the port."""
        would = f"note on the change {record_id}: {note}"
        self._log.add("remark", would, record_id=record_id, note=note)
