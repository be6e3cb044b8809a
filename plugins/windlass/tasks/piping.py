"""Run something the product brings, once per try, without holding anything while it runs."""

from __future__ import annotations

from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.tasks.release import Release
from windlass.tasks.results import Wait

#: Seconds between two looks at a run.
POLL = 2.0


async def run_pipeline(
    release: Release, task: PlannedTask, name: str, request: RunRequest
) -> RunStatus | Wait:
    """Start ``request`` (or find the run that an earlier try started) and look at it.

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
        return Wait(f"{name} runs ({status.link or status.id})", every=POLL)
    if status.state is RunState.LOST:
        raise TerminalError(f"run {run} of {name} is lost; clear the task to run it again")
    return status
