"""Run something the product brings, once per try, without holding anything while it runs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.results import Wait

#: Seconds between two looks at a run.
POLL = 2.0


async def run_pipeline(
    release: Release,
    task: PlannedTask,
    name: str,
    request: RunRequest,
    *,
    longest: timedelta | None = None,
) -> RunStatus | Wait:
    """Start ``request`` (or find the run that an earlier try started) and look at it.

    Args:
        longest: a run that takes longer is cancelled.

    Returns:
        Its status once it is over, else a wait.

    Raises:
        TerminalError: the vendor no longer knows the run: nothing may be concluded from it.
    """
    pipelines = release.ports.pipelines

    async def find() -> str | None:
        return await pipelines.find(request.marker)

    async def do() -> str:
        return await pipelines.start(request)

    run = str(
        await release.once(
            task,
            f"{name}#{release.attempt(task)}",
            find=find,
            do=do,
            idempotency=Idempotency.MARKER,
            kind="pipelines.start",
        )
    )
    status = await pipelines.poll(run)
    if not status.state.over:
        if longest is not None and release.now() - mark(release, task, f"run {name}") > longest:
            await _cancel(release, task, name, run)
        return Wait(f"{name} runs ({status.link or status.id})", every=POLL)
    if status.state is RunState.LOST:
        raise TerminalError(f"run {run} of {name} is lost; clear the task to run it again")
    return status


async def _cancel(release: Release, task: PlannedTask, name: str, run: str) -> None:
    pipelines = release.ports.pipelines

    async def read() -> bool:
        return (await pipelines.poll(run)).state.over

    async def write(current: Any) -> None:
        await pipelines.cancel(run)

    await release.converge(
        task,
        f"cancel-{name}#{release.attempt(task)}",
        kind="pipelines.cancel",
        read=read,
        write=write,
        want=True,
    )


def request_for(
    release: Release,
    task: PlannedTask,
    command: tuple[str, ...],
    *,
    ref: str | None,
    reports: tuple[str, ...] = (),
    name: str = "",
    place: Mapping[str, Any] | None = None,
) -> RunRequest:
    """``command`` with the release's facts in its words and in its environment.

    Words may hold {version}, {environment}, {region}, {target}, {url}; the run also gets each as
    ``WINDLASS_VERSION`` and so on, and the URL as ``TARGET_URL``. It is marked by the task's try:
    a new try is a new run.

    Args:
        name: tells several runs of one try apart.
        place: where it is to run against, as a task's arguments; by default the task's own.
    """
    facts = _facts(release, {**task.args, **(place or {})})
    parameters = {f"WINDLASS_{key.upper()}": value for key, value in facts.items()}
    if facts["url"]:
        parameters["TARGET_URL"] = facts["url"]
    return RunRequest(
        marker=marker_of(release, task, name),
        run=shlex.join(_filled(word, facts) for word in command),
        ref=ref,
        parameters=parameters,
        reports=reports,
    )


def marker_of(release: Release, task: PlannedTask, name: str = "") -> str:
    """By what the run of this try of ``task`` is found again."""
    marker = f"{release.id}#{task.id}#{release.attempt(task)}"
    return f"{marker}#{name}" if name else marker


def _facts(release: Release, args: Mapping[str, Any]) -> dict[str, str]:
    environment = str(args.get("environment") or "")
    return {
        "version": release.view.version or "",
        "environment": environment,
        "region": str(args.get("region") or ""),
        "target": str(args.get("target") or environment),
        "url": release.ports.address(str(args.get("url") or "")),
        "package": release.view.package or "",
    }


def _filled(word: str, facts: dict[str, str]) -> str:
    for name, value in facts.items():
        word = word.replace("{" + name + "}", value)
    return word
