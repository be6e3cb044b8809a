"""A task's look, made in the triggerer: at the outside world, or at what was asked."""

from __future__ import annotations

from datetime import UTC, datetime

from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import RetryableError
from windlass.tasks.attesting import attested
from windlass.tasks.opening import take_up
from windlass.tasks.perform import is_its_own_work, perform
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait


async def look(release: Release, task_id: str) -> Result | None:
    """Perform the task as it would be performed in a worker; not being answered is a wait.

    None where that would do another task's work: workers do work.
    """
    if not is_its_own_work(release, release.plan.task(task_id)):
        return None
    try:
        return await perform(release, task_id)
    except RetryableError as problem:
        return Wait(str(problem), every=1.0)


def still_asked(release: Release, task_id: str, question: str) -> bool:
    """Whether nothing has happened to the question that its task should see."""
    view, task = release.view, release.plan.task(task_id)
    shown = next(
        (a.question for a in view.open_questions() if str(a.question["id"]) == question), None
    )
    if shown is None or view.over or view.record(task_id) or attested(release, task) is not None:
        return False
    facts = shown["facts"]
    now = {"package": view.package, "attempt": release.attempt(task)}
    return all(facts.get(name, value) == value for name, value in now.items())


def release_of(name: str) -> Release:
    """The release of that name, as it is now."""
    return take_up(
        configured_ledger(), name, connect=airflow_ports, clock=lambda: datetime.now(UTC)
    )
