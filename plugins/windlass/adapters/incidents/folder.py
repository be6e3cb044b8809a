"""Incidents as JSON files in a folder, ``INC-1.json`` and so on, which people edit to close them.

Fields: ``id title severity open opened_at service version text marker``. Nobody is paged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters.records import Record, Records, next_id
from windlass.adapters.safe_names import one_line, visible
from windlass.errors import InputError, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.incidents import Incident
from windlass.spec.vendors import FolderSettings

SEVERITIES = ("critical", "high", "medium", "low")


class FolderIncidents:
    """One file an incident. :meth:`open` is single by its marker, under the folder's lock."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._records = Records(root / settings.path)
        self._now = now

    async def open_incidents(self, service: str) -> tuple[Incident, ...]:
        """See the port."""
        found = await asyncio.to_thread(self._all)
        mine = [incident for incident in found if incident.open and incident.service == service]
        return tuple(sorted(mine, key=_worst_first))

    async def linked_to(self, version: str) -> tuple[Incident, ...]:
        """See the port."""
        found = await asyncio.to_thread(self._all)
        mine = [incident for incident in found if incident.version == version]
        return tuple(sorted(mine, key=_worst_first))

    async def find(self, marker: str) -> Incident | None:
        """See the port."""
        return await asyncio.to_thread(self._find, marker)

    async def open(
        self, *, marker: str, title: str, text: str, severity: str, service: str, version: str
    ) -> Incident:
        """See the port.

        Raises:
            InputError: ``severity`` is not one of the four.
        """
        if severity not in SEVERITIES:
            raise InputError(f"{severity!r} is no severity; allowed: {', '.join(SEVERITIES)}")
        record: Record = {
            "title": one_line(title),
            "severity": severity,
            "open": True,
            "opened_at": self._now().isoformat(timespec="seconds"),
            "service": service,
            "version": version,
            "text": visible(text),
            "marker": marker,
        }
        return await asyncio.to_thread(self._open, record)

    def _open(self, record: Record) -> Incident:
        with self._records.lock():
            earlier = self._find(str(record["marker"]))
            if earlier is not None:
                return earlier
            number = next_id("INC", self._records)
            self._records.write(number, {"id": number, **record})
            return self._incident({"id": number, **record})

    def _find(self, marker: str) -> Incident | None:
        for record in self._records.all():
            if record.get("marker") == marker:
                return self._incident(record)
        return None

    def _all(self) -> list[Incident]:
        return [self._incident(record) for record in self._records.all()]

    def _incident(self, record: Record) -> Incident:
        try:
            incident = Incident(
                id=str(record["id"]),
                title=str(record["title"]),
                severity=str(record["severity"]),
                open=record["open"] is True,
                opened_at=datetime.fromisoformat(record["opened_at"]),
                service=str(record["service"]),
                version=record.get("version"),
                link=self._records.path(str(record["id"])).resolve().as_uri(),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise TerminalError(
                f"{self._records.folder}: the incident {record.get('id')!r} is wrong: {error!r}"
            ) from error
        if incident.severity not in SEVERITIES:
            raise TerminalError(
                f"{self._records.folder}: {incident.id}: severity {incident.severity!r}; "
                f"allowed: {', '.join(SEVERITIES)}"
            )
        return incident


def _worst_first(incident: Incident) -> tuple[int, datetime, str]:
    return (SEVERITIES.index(incident.severity), incident.opened_at, incident.id)
