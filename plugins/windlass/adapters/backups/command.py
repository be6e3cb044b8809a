"""Backups by commands of the product, which know what to save and how to check it.

``create`` prints JSON, ``{"id": …, "created": …}`` (an instant with its zone); it runs under a
supervisor, so a backup that outlives the task that asked for it is still found by its marker.
``latest`` prints the same of the newest backup, ``{}`` when there is none. ``verify`` restores one
aside: exit 0, it can be trusted; 2, it cannot; else the question could not be asked. All may hold
``{environment} {region} {target}``, ``create`` also ``{marker}``, ``verify`` ``{id}``.
"""

from __future__ import annotations

import asyncio
import shlex
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters.command_words import as_variables, filled, place_values
from windlass.adapters.commands import Finished, environment, run
from windlass.adapters.drift_command import drift
from windlass.adapters.durable_files import held
from windlass.adapters.printed_json import last_object
from windlass.adapters.records import Record, Records
from windlass.adapters.safe_names import file_name
from windlass.adapters.state_folder import state_folder
from windlass.adapters.supervised.run_folder import RunFolder, request_for
from windlass.errors import TerminalError, VendorUnavailable
from windlass.ports.connection import Connect
from windlass.ports.environments import Backup, Drift
from windlass.ports.pipelines import RunState, RunStatus
from windlass.spec.vendors import BackupCommandSettings

TIMEOUT = 60.0
#: Longest wait for ``create`` in one call; the command goes on, and the next call finds it.
PATIENCE = 540.0
LOOK_SECONDS = 0.1


class CommandBackups:
    """Backups of targets. A marker names the run that made one, so it is made once."""

    visible_within = 0.0
    deadline = 600.0

    def __init__(
        self,
        settings: BackupCommandSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._cwd = root / settings.cwd
        self._state = state_folder(root, "backups")
        self._now = now

    async def newest(self, target: str) -> Backup | None:
        """See the port. Without a ``latest`` command only backups made through here are known.

        Raises:
            VendorUnavailable: ``latest`` failed.
        """
        if self._settings.latest is None:
            known = [self._backup(target, record) for record in self._known(target).all()]
            return max(known, key=lambda backup: backup.made_at, default=None)
        values = place_values(target)
        words = filled(self._settings.latest, values)
        env = environment(as_variables(values))
        done = await run(words, cwd=self._cwd, env=env, timeout=TIMEOUT)
        if done.code:
            raise VendorUnavailable(f"{shlex.join(words)} ended with {done.code}: {done.tail(500)}")
        printed = last_object(done, shlex.join(words))
        return self._backup(target, printed) if printed else None

    async def prove_restore(self, target: str, backup_id: str) -> Drift:
        """See the port; a proof is remembered.

        Raises:
            TerminalError: ``verify`` takes no ``{id}``, and there is a newer backup than this one.
            VendorUnavailable: ``verify`` failed with neither 0 nor 2.
        """
        if not any("{id}" in word for word in self._settings.verify):
            newest = await self.newest(target)
            if newest is None or newest.id != backup_id:
                raise TerminalError(
                    f"backups.command.verify checks the newest backup ({newest and newest.id}), "
                    f"not {backup_id}; give it {{id}}"
                )
        values = {**place_values(target), "id": backup_id}
        found = await drift(self._settings.verify, values, self._cwd)
        if not found.drifted:
            records = self._known(target)
            with records.lock():
                known = records.read(backup_id) or {"id": backup_id}
                at = self._now().isoformat(timespec="seconds")
                records.write(backup_id, {**known, "restore_proven_at": at})
        return found

    async def create(self, target: str, *, marker: str) -> Backup:
        """See the port.

        Raises:
            TerminalError: the command failed, or did not print what it made.
            VendorUnavailable: it still runs; :meth:`find` will find it.
        """
        values = {**place_values(target), "marker": marker}
        words = filled(self._settings.create, values)
        async with held(self._state / f"{file_name(target)}.lock", patience=PATIENCE):
            made = self._run(target, marker)
            if await made.begun() and made.status("").state in (RunState.FAILED, RunState.LOST):
                made.folder.rename(made.folder.with_name(f"{made.folder.name}.{uuid.uuid4().hex}"))
            env = environment(as_variables(values))
            await made.start(request_for(words, cwd=self._cwd, env=env))
            status = await self._over(made, shlex.join(words))
            if status.state is not RunState.PASSED:
                raise TerminalError(
                    f"{shlex.join(words)}: {status.state}, exit code {status.exit_code}: "
                    f"{status.tail[-1000:]}"
                )
            return self._made(target, marker, status)

    async def find(self, target: str, marker: str) -> Backup | None:
        """See the port.

        Raises:
            VendorUnavailable: it is being made at this moment.
        """
        made = self._run(target, marker)
        if not await made.begun():
            return None
        status = made.status("")
        if status.state is RunState.RUNNING:
            raise VendorUnavailable(f"{target}: the backup of {marker} is still being made")
        return self._made(target, marker, status) if status.state is RunState.PASSED else None

    async def _over(self, made: RunFolder, what: str) -> RunStatus:
        end = time.monotonic() + PATIENCE
        while not (status := made.status("")).state.over:
            if time.monotonic() > end:
                raise VendorUnavailable(f"{what} still runs after {PATIENCE:g} s ({status.link})")
            await asyncio.sleep(LOOK_SECONDS)
        return status

    def _made(self, target: str, marker: str, status: RunStatus) -> Backup:
        """What the run of ``marker`` printed, remembered."""
        printed = last_object(Finished(0, status.tail.encode(), b""), "backups.command.create")
        backup = self._backup(target, printed)
        records = self._known(target)
        with records.lock():
            known = records.read(backup.id) or {}
            created = backup.made_at.isoformat()
            records.write(
                backup.id, {**known, "id": backup.id, "created": created, "marker": marker}
            )
        return backup

    def _backup(self, target: str, printed: Record) -> Backup:
        try:
            made_at = datetime.fromisoformat(printed["created"])
            name = str(printed["id"])
        except (KeyError, TypeError, ValueError) as error:
            raise TerminalError(
                f'a backup is {{"id": …, "created": "2026-12-01T10:00:00Z"}}, not {printed}'
            ) from error
        if made_at.tzinfo is None:
            raise TerminalError(f"backup {name}: created {printed['created']!r} has no zone")
        proven = (self._known(target).read(name) or {}).get("restore_proven_at")
        return Backup(name, made_at, datetime.fromisoformat(proven) if proven else None)

    def _known(self, target: str) -> Records:
        return Records(self._state / "known" / file_name(target))

    def _run(self, target: str, marker: str) -> RunFolder:
        return RunFolder(self._state / "runs" / RunFolder.name(f"{target}\n{marker}"))
