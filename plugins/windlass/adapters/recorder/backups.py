"""Backups that a dry run would have made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from windlass.adapters.recorder.call import SIMULATED, Log, from_json
from windlass.ports.environments import Backup, Backups, Drift


class RecordedBackups:
    """A backup written down is the newest of its target; nothing is saved."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self, inner: Backups, log: Log, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._inner, self._log, self._now = inner, log, now

    async def newest(self, target: str) -> Backup | None:
        """See the port."""
        made = self._log.last("create", target=target)
        return from_json(Backup, made.answer) if made else await self._inner.newest(target)

    async def prove_restore(self, target: str, backup_id: str) -> Drift:
        """See the port; a backup that was not made can prove nothing, nor be wrong."""
        if backup_id.startswith(SIMULATED):
            return Drift(drifted=False, detail=f"{backup_id} was not made")
        return await self._inner.prove_restore(target, backup_id)

    async def create(self, target: str, *, marker: str) -> Backup:
        """See the port."""
        earlier = await self.find(target, marker)
        if earlier is not None:
            return earlier
        number = len(self._log.calls("create")) + 1
        backup = Backup(f"{SIMULATED}backup-{number}", self._now())
        self._log.add("create", f"back up {target}", backup, target=target, marker=marker)
        return backup

    async def find(self, target: str, marker: str) -> Backup | None:
        """See the port."""
        made = self._log.last("create", target=target, marker=marker)
        return from_json(Backup, made.answer) if made else await self._inner.find(target, marker)
