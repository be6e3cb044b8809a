"""Start another DAG for a release: a rollback, an emergency. Once, whoever asks and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from windlass.errors import RetryableError, TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency, changes_the_world
from windlass.tasks.release import Release


class Starter(Protocol):
    """What starts runs of DAGs and clears tasks; Airflow's REST API, where there is an Airflow."""

    async def has(self, dag_id: str, run_id: str) -> bool:
        """Whether there is such a run, whatever its state."""
        ...

    @changes_the_world(Idempotency.NATURAL_KEY)
    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """Start the run; ``conf`` is what a person would fill into the DAG's form."""
        ...

    async def task_states(self, dag_id: str, run_id: str) -> Mapping[str, str | None]:
        """Airflow's state of each task of a run, by task id."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def clear(self, dag_id: str, run_id: str, tasks: tuple[str, ...]) -> None:
        """Clear these tasks, and only these, so that they run again."""
        ...


def derived_run_id(release: Release, what: str) -> str:
    """The run that ``release`` starts for ``what``: the same one however often it is asked for."""
    return f"{what}__{release.id.partition('/')[2] or release.id}"


async def start_once(
    release: Release,
    task: PlannedTask,
    starter: Starter,
    *,
    dag_id: str,
    what: str,
    conf: Mapping[str, Any],
) -> str:
    """Start ``dag_id`` for ``what`` (``rollback``, ``hotfix``). Returns ``<dag id>/<run id>``.

    Raises:
        RetryableError: it cannot be told whether the run exists, or Airflow does not answer.
        TerminalError: Airflow refuses.
    """
    run_id = derived_run_id(release, what)

    async def find() -> str | None:
        try:
            return run_id if await starter.has(dag_id, run_id) else None
        except TerminalError as problem:  # to refuse the question says nothing about the run
            raise RetryableError(f"whether {dag_id}/{run_id} exists: {problem}") from problem

    async def do() -> str:
        if not await starter.has(dag_id, run_id):
            await starter.start(dag_id, run_id, conf)
        return run_id

    await release.once(
        task,
        f"start-{what}",
        find=find,
        do=do,
        idempotency=Idempotency.NATURAL_KEY,
        kind="airflow.start",
    )
    return f"{dag_id}/{run_id}"
