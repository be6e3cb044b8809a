"""Runs as local commands, each under a supervisor that outlives the task that started it.

``run`` is split like a shell would and run as an argument list, without a shell. With a ``ref`` it
runs in a fresh clone of the repository at ``cwd``; without one in ``cwd`` itself (of a bare
repository: a clone of its HEAD). It sees ``PATH``, ``HOME`` and the like, the settings'
environment and the request's parameters, and none of our own variables. A run belongs to the host
it was started on: when that host, or the container, goes away, the run is LOST.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windlass.adapters.commands import environment
from windlass.adapters.git_command import Git, checked_ref
from windlass.adapters.safe_names import path_below
from windlass.adapters.state_folder import state_folder
from windlass.adapters.supervised.run_folder import RunFolder, request_for
from windlass.errors import InputError, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.spec.vendors import CommandPipelineSettings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Variables that decide which code runs; a parameter may not set them.
_LOADERS = re.compile(r"LD_.*|PYTHON.*|PATH|IFS|BASH_ENV|ENV|GIT_.*|NODE_OPTIONS|PERL5.*|RUBYOPT")


class CommandPipelines:
    """Commands of the product. A marker names its run, so a run is never started twice."""

    visible_within = 0.0
    deadline = 120.0

    def __init__(
        self,
        settings: CommandPipelineSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._cwd = root / settings.cwd
        self._environment = settings.environment
        self._runs = state_folder(root, "runs")

    async def find(self, marker: str) -> str | None:
        """See the port."""
        run_id = RunFolder.name(marker)
        return run_id if await self._run(run_id).begun() else None

    async def start(self, request: RunRequest) -> str:
        """See the port.

        Raises:
            TerminalError: an empty command, or a ``ref`` that the repository does not have.
        """
        run_id = RunFolder.name(request.marker)
        run = self._run(run_id)
        if not await run.begun():
            await run.start(await self._request(request))
        return run_id

    async def poll(self, run_id: str) -> RunStatus:
        """See the port."""
        run = self._run(run_id)
        if not await run.begun():
            return RunStatus(run_id, RunState.LOST)
        return await asyncio.to_thread(run.status, run_id)

    async def report(self, run_id: str, name: str) -> bytes | None:
        """See the port. ``name`` is one of the request's reports, a path or glob."""
        return await asyncio.to_thread(self._run(run_id).report, name)

    async def cancel(self, run_id: str) -> None:
        """See the port; the command gets SIGTERM, and SIGKILL ten seconds later."""
        await asyncio.to_thread(self._run(run_id).cancel)

    def _run(self, run_id: str) -> RunFolder:
        return RunFolder(path_below(self._runs, run_id))

    async def _request(self, request: RunRequest) -> dict[str, Any]:
        try:
            words = shlex.split(request.run)
        except ValueError as error:
            raise TerminalError(f"cannot read the command {request.run!r}: {error}") from error
        if not words:
            raise TerminalError("the command is empty")
        env = environment({**self._environment, **_checked(request.parameters)})
        source = await self._source(request.ref)
        reports = [_inside(name) for name in request.reports]
        return request_for(words, cwd=self._cwd, env=env, reports=reports, **source)

    async def _source(self, ref: str | None) -> dict[str, str]:
        """Which commit of which repository to check out; nothing: run in place."""
        if not self._cwd.is_dir():
            raise TerminalError(f"the folder {self._cwd} of pipelines.command.cwd does not exist")
        git = Git(self._cwd)
        if ref is None:
            bare = await git.ask("rev-parse", "--is-bare-repository")
            if bare.out.strip() != b"true":
                return {}
        wanted = checked_ref(ref) if ref is not None else "HEAD"
        found = await git.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted}^{{commit}}"
        )
        if found.code:
            raise TerminalError(
                f"{wanted!r} names no commit of a repository at {self._cwd}; set "
                "pipelines.command.cwd to the product's repository"
            )
        repository = await git.tell("rev-parse", "--absolute-git-dir")
        prefix = await git.tell("rev-parse", "--show-prefix")
        return {
            "repository": repository.decode().strip(),
            "sha": found.out.decode().strip(),
            "prefix": prefix.decode().strip(),
        }


def _checked(parameters: Mapping[str, str]) -> dict[str, str]:
    checked = {}
    for name, value in parameters.items():
        if not _VARIABLE.fullmatch(name) or _LOADERS.fullmatch(name):
            raise InputError(
                f"parameter {name!r} cannot be an environment variable of a run; allowed: letters, "
                "digits and underscores, and none that changes which programs are loaded"
            )
        if "\0" in value:
            raise InputError(f"parameter {name}: the value holds a NUL")
        checked[name] = value
    return checked


def _inside(name: str) -> str:
    if not name or name.startswith(("/", "~")) or ".." in Path(name).parts:
        raise InputError(f"report {name!r} must be a path or glob inside the run's folder")
    return name
