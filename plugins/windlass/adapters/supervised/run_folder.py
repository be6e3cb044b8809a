"""The folder of one run: how it is started once, and what can be read from it at any time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import open_lock, try_lock, write_atomic
from windlass.adapters.supervised import supervisor
from windlass.errors import TerminalError, VendorUnavailable
from windlass.ports.pipelines import RunState, RunStatus

TAIL_BYTES = 4096
PATIENCE = 30.0


def request_for(
    words: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    reports: Sequence[str] = (),
    repository: str = "",
    sha: str = "",
    prefix: str = "",
) -> dict[str, Any]:
    """What a supervisor is asked to do.

    Args:
        words: the command, an argument list.
        cwd: where it runs when nothing is checked out.
        env: its whole environment.
        reports: files to keep, as globs inside the folder it runs in.
        repository: the git repository to clone when ``sha`` is set.
        sha: the commit to check out; empty: none.
        prefix: folder inside the checkout to run in.
    """
    return {
        "words": list(words),
        "cwd": str(cwd),
        "env": dict(env),
        "reports": list(reports),
        "repository": repository,
        "sha": sha,
        "prefix": prefix,
    }


class RunFolder:
    """One run in ``folder``. Its supervisor holds ``alive.lock``; see :mod:`.supervisor`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "alive.lock"

    @staticmethod
    def name(marker: str) -> str:
        """The run's id: the same marker gives the same run."""
        return hashlib.sha256(marker.encode()).hexdigest()[:24]

    @property
    def started(self) -> bool:
        """Whether a supervisor has taken the run over."""
        return (self.folder / "started.json").exists()

    async def begun(self) -> bool:
        """:attr:`started`, after waiting for whoever is starting it at this moment."""
        if not self.lock.exists():
            return False
        handle = await self._lock_unless_started()
        if handle is not None:
            os.close(handle)
        return self.started

    async def start(self, request: dict[str, Any]) -> None:
        """Start the run unless it was started before.

        Raises:
            TerminalError: the supervisor did not come up; carries what it said.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = await self._lock_unless_started()
        if handle is None:
            return
        try:
            if self.started:
                return
            write_atomic(self.folder / "request.json", json.dumps(request))
            await asyncio.to_thread(self._spawn, handle)
        finally:
            os.close(handle)
        if not await self.begun():
            said = (self.folder / "supervisor.log").read_text(errors="replace")[-1000:]
            raise TerminalError(f"the run's supervisor did not start: {said}")

    def status(self, run_id: str) -> RunStatus:
        """The run as it is now.

        Raises:
            VendorUnavailable: it runs on another host, which this one cannot see.
        """
        result = self._json("result.json")
        if result is None and self.started:
            if self._alive():
                return self._as(run_id, RunState.RUNNING, {})
            result = self._json("result.json")  # it may have ended between the two looks
        if result is None:
            self._must_be_here()
            return self._as(run_id, RunState.LOST, {})
        return self._as(run_id, RunState(result["state"]), result)

    def report(self, name: str) -> bytes | None:
        """The report asked for by ``name``, when the run wrote it."""
        request = self._json("request.json") or {"reports": []}
        if name not in request["reports"]:
            return None
        path = self.folder / "reports" / str(request["reports"].index(name))
        return path.read_bytes() if path.exists() else None

    def cancel(self) -> None:
        """Ask the supervisor to stop the command."""
        if self.started and not (self.folder / "result.json").exists():
            write_atomic(self.folder / "cancel", b"")

    async def _lock_unless_started(self) -> int | None:
        """The locked handle; None as soon as the run is seen started while somebody holds it."""
        handle = open_lock(self.lock)
        end = time.monotonic() + PATIENCE
        while not try_lock(handle):
            late = time.monotonic() > end
            if self.started or late:
                os.close(handle)
                if late:
                    raise VendorUnavailable(f"{self.folder}: another process keeps starting it")
                return None
            await asyncio.sleep(0.01)
        return handle

    def _spawn(self, handle: int) -> None:
        with (self.folder / "supervisor.log").open("ab") as log:
            subprocess.run(
                [sys.executable, "-I", "-S", supervisor.__file__, str(self.folder), str(handle)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(handle,),
                start_new_session=True,
                check=False,
            )

    def _alive(self) -> bool:
        handle = open_lock(self.lock)
        try:
            return not try_lock(handle)
        finally:
            os.close(handle)

    def _must_be_here(self) -> None:
        started = self._json("started.json")
        if started is not None and started["host"] != socket.gethostname():
            raise VendorUnavailable(f"the run lives on {started['host']}, ask there")

    def _as(self, run_id: str, state: RunState, result: dict[str, Any]) -> RunStatus:
        log = self.folder / "output.log"
        return RunStatus(
            id=run_id,
            state=state,
            link=log.resolve().as_uri() if log.exists() else None,
            exit_code=result.get("exit_code"),
            tail=_tail(log),
            seconds=result.get("seconds"),
        )

    def _json(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return file.read(TAIL_BYTES).decode(errors="replace")
