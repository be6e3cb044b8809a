"""An existing pipeline that deploys: one command per verb, what it does is its own business.

``expose`` and ``retract`` run under a supervisor that outlives us, one at a time for a target: a
call that finds an earlier one still running waits for it (``retract`` stops it first). ``current``
prints a JSON object, ``{"shares": {"1.4.0": 95, "1.5.0": 5}}``, with ``"digests"`` where known.
The commands may hold ``{version} {percent} {digest} {location} {environment} {region} {target}``
and, in ``retract``, ``{back_to}`` (empty: the target becomes empty) with its ``{digest}`` and
``{location}``; the same are in the environment, in capitals.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import time
import uuid
from pathlib import Path

from windlass.adapters.artifact_files import check, is_available
from windlass.adapters.command_words import as_variables, filled, place_values
from windlass.adapters.commands import environment, run
from windlass.adapters.durable_files import held, write_atomic
from windlass.adapters.printed_json import last_object
from windlass.adapters.safe_names import file_name
from windlass.adapters.state_folder import state_folder
from windlass.adapters.supervised.run_folder import RunFolder, request_for
from windlass.errors import (
    InputError,
    NotConfigured,
    TerminalError,
    UnsupportedByVendor,
    VendorUnavailable,
)
from windlass.ports.connection import Connect
from windlass.ports.deployments import Artifact, Exposure
from windlass.ports.pipelines import RunState, RunStatus
from windlass.spec.vendors import PipelineDeploymentSettings

CURRENT_TIMEOUT = 30.0
#: Longest wait for a command in one call; it goes on afterwards, and the next call waits for it.
PATIENCE = 150.0
LOOK_SECONDS = 0.1


class PipelineDeployments:
    """Commands that deploy; what :meth:`current` prints decides whether they did."""

    visible_within = 0.0
    deadline = 180.0

    def __init__(
        self,
        settings: PipelineDeploymentSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._settings = settings
        self.undo: str = settings.undo
        self._root = root
        self._cwd = root / settings.cwd
        self._state = state_folder(root, "deployments")

    async def current(self, target: str) -> Exposure:
        """See the port.

        Raises:
            VendorUnavailable: the command failed.
            TerminalError: it did not print shares.
        """
        values = {**place_values(target), **dict.fromkeys(("version", "percent", "digest"), "")}
        words = filled(self._settings.current, values)
        done = await run(
            words, cwd=self._cwd, env=environment(as_variables(values)), timeout=CURRENT_TIMEOUT
        )
        if done.code:
            raise VendorUnavailable(f"{shlex.join(words)} ended with {done.code}: {done.tail(500)}")
        printed = last_object(done, shlex.join(words))
        try:
            shares = {str(v): float(share) for v, share in printed["shares"].items()}
            return Exposure(shares, {str(v): str(d) for v, d in printed.get("digests", {}).items()})
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            raise TerminalError(
                f'{shlex.join(words)} must print {{"shares": {{version: percent}}}}: {printed}'
            ) from error

    async def available(self, artifact: Artifact) -> bool:
        """See the port; files, HTTP addresses and commits of the folder's repository."""
        return await is_available(self._root, artifact, repository=self._cwd)

    async def rehearse(self, target: str, artifact: Artifact, percent: float) -> str:
        """See the port."""
        check(artifact, percent)
        await self._must_be_available(artifact)
        words = filled(self._settings.expose, _values(target, artifact, percent))
        if shutil.which(words[0], path=environment({}).get("PATH")) is None:
            raise NotConfigured(f"deployments.pipeline.expose: there is no program {words[0]!r}")
        now = await self.current(target)
        return f"{target} serves {dict(now.shares) or 'nothing'}; would run: {shlex.join(words)}"

    async def expose(self, target: str, artifact: Artifact, percent: float) -> None:
        """See the port.

        Raises:
            TerminalError: the command failed, or ``current`` does not show what it should.
            VendorUnavailable: it still runs; the next call waits for it.
        """
        check(artifact, percent)
        await self._must_be_available(artifact)
        async with held(self._lock(target), patience=PATIENCE):
            await self._earlier(target, stop=False)
            now = await self.current(target)
            if now.share(artifact.version) != percent:
                values = _values(target, artifact, percent)
                await self._do(target, filled(self._settings.expose, values), values)
                after = await self.current(target)
                good = {percent} if _serving(now) else {percent, 100.0}
                if after.share(artifact.version) not in good:
                    raise TerminalError(
                        f"{target} serves {dict(after.shares)} after {artifact.version} was to get "
                        f"{percent:g} %"
                    )

    async def retract(self, target: str, version: str, back_to: Artifact | None) -> None:
        """See the port.

        Raises:
            TerminalError: the command failed, or ``current`` still shows ``version``.
            VendorUnavailable: it still runs; the next call waits for it.
        """
        if back_to is not None and back_to.version == version:
            raise InputError(f"cannot take {version} out of {target} and go back to it at once")
        if self._settings.retract is None:
            raise UnsupportedByVendor(f"{target}: nothing is taken back here (undo: none)")
        wanted = {back_to.version: 100.0} if back_to else {}
        async with held(self._lock(target), patience=PATIENCE):
            await self._earlier(target, stop=True)
            before = _serving(await self.current(target))
            if before == wanted:
                return
            values = _values(target, back_to, 100.0 if back_to else 0.0)
            values |= {"version": version, "back_to": back_to.version if back_to else ""}
            await self._do(target, filled(self._settings.retract, values), values)
            after = _serving(await self.current(target))
            self._see_that(target, version, before=before, after=after, wanted=wanted)

    def _see_that(
        self,
        target: str,
        version: str,
        *,
        before: dict[str, float],
        after: dict[str, float],
        wanted: dict[str, float],
    ) -> None:
        """Taken out, or with ``halt_only`` on nobody more than before."""
        halted = after.get(version, 0.0) <= before.get(version, 0.0)
        if not (halted if self.undo == "halt_only" else after == wanted):
            raise TerminalError(f"{target} serves {after} after {version} was taken out")

    async def _must_be_available(self, artifact: Artifact) -> None:
        if not await self.available(artifact):
            raise TerminalError(
                f"{artifact.location} is not there or is not {artifact.digest} any more"
            )

    async def _earlier(self, target: str, *, stop: bool) -> None:
        """Wait for the command that an earlier call left running."""
        last = self._state / f"{file_name(target)}.last"
        if last.exists():
            run_folder = self._run(last.read_text(encoding="utf-8"))
            if stop:
                run_folder.cancel()
            await self._over(run_folder, target)

    async def _do(self, target: str, words: tuple[str, ...], values: dict[str, str]) -> None:
        run_id = RunFolder.name(uuid.uuid4().hex)
        write_atomic(self._state / f"{file_name(target)}.last", run_id)
        run_folder = self._run(run_id)
        env = environment(as_variables(values))
        await run_folder.start(request_for(words, cwd=self._cwd, env=env))
        status = await self._over(run_folder, target)
        if status.state is not RunState.PASSED:
            raise TerminalError(
                f"{shlex.join(words)}: {status.state}, exit code {status.exit_code}: "
                f"{status.tail[-1000:]}"
            )

    async def _over(self, run_folder: RunFolder, target: str) -> RunStatus:
        end = time.monotonic() + PATIENCE
        while await run_folder.begun():
            status = run_folder.status(run_folder.folder.name)
            if status.state.over:
                return status
            if time.monotonic() > end:
                raise VendorUnavailable(f"{target}: the command still runs ({status.link})")
            await asyncio.sleep(LOOK_SECONDS)
        return RunStatus(run_folder.folder.name, RunState.LOST)

    def _run(self, run_id: str) -> RunFolder:
        return RunFolder(self._state / "runs" / run_id)

    def _lock(self, target: str) -> Path:
        return self._state / f"{file_name(target)}.lock"


def _values(target: str, artifact: Artifact | None, percent: float) -> dict[str, str]:
    return {
        **place_values(target),
        "version": artifact.version if artifact else "",
        "digest": artifact.digest if artifact else "",
        "location": artifact.location if artifact else "",
        "percent": f"{percent:g}",
    }


def _serving(exposure: Exposure) -> dict[str, float]:
    return {version: share for version, share in exposure.shares.items() if share}
