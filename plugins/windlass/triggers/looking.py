"""A task's look at the outside world, made in the triggerer."""

from __future__ import annotations

from datetime import UTC, datetime

from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import RetryableError
from windlass.tasks.opening import take_up
from windlass.tasks.perform import perform
from windlass.tasks.results import Result, Wait


async def look(release_id: str, task_id: str) -> Result:
    """Perform the task as it would be performed in a worker; not being answered is a wait."""
    release = take_up(
        configured_ledger(), release_id, connect=airflow_ports, clock=lambda: datetime.now(UTC)
    )
    try:
        return await perform(release, task_id)
    except RetryableError as problem:
        return Wait(str(problem), every=1.0)
