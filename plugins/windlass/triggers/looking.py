"""A task's look, made in the triggerer: at the outside world, or at what was asked."""

from __future__ import annotations

from datetime import UTC, datetime

from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import RetryableError
from windlass.tasks.attesting import attested
from windlass.tasks.opening import take_up
from windlass.tasks.perform import is_its_own_work, perform
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Result, Wait
from windlass.tasks.showing import shown_as


async def look(release: Release, task_id: str, asks: str | None = None) -> Result | None:
    """Perform the task as it would be performed in a worker; not being answered is a wait.

    None where the task itself must go on: another task's work is to be done, or a question is to
    be shown that is not shown yet (``asks``): workers do that.
    """
    if not is_its_own_work(release, release.plan.task(task_id)):
        return None
    try:
        result = await perform(release, task_id)
    except RetryableError as problem:
        return Wait(str(problem), every=1.0)
    new = isinstance(result, Ask) and shown_as(release, result.question) != asks
    return None if new else result


def still_asked(release: Release, task_id: str, asks: str) -> bool:
    """Whether nothing has happened to the question that its task should see."""
    view, task = release.view, release.plan.task(task_id)
    shown = next(
        (
            asked.question
            for asked in view.open_questions()
            if shown_as(release, Question.from_json(asked.question)) == asks
        ),
        None,
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
