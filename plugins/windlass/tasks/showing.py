"""Where people see a question in Airflow: on the task that it belongs to.

Airflow keeps the answers that a task offered first for the task's whole life, so a task cannot show
what another one asks. A seat or a gate whose task has ended and that asks again is cleared instead:
it runs, asks in its own place, and is among the required actions like any other.
"""

from __future__ import annotations

from windlass.ports.effect import Idempotency
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.starting import Starter

#: Questions of tasks that decide from the ledger alone: running one again changes nothing else.
BROUGHT_BACK = frozenset({"seat", "rejected", "unanswered"})
#: Airflow's states of a task that does nothing any more by itself.
ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


def shown_as(release: Release, question: Question) -> str:
    """The question's id, and how often its task was ended by hand: after each it is shown anew."""
    return f"{question.id}#{release.view.set_by_hand.get(question.task, 0)}"


async def asks_in_its_place(release: Release, question: Question) -> bool:
    """See to it that the question's own task shows it, brought back once; False where it cannot.

    Raises:
        RetryableError: Airflow does not answer; try again.
        TerminalError: Airflow refuses.
    """
    if release.starter is None or question.kind not in BROUGHT_BACK:
        return False
    await _bring_back(release, question, release.starter)
    return True


async def show_what_is_asked(release: Release, airflow: Starter) -> tuple[str, ...]:
    """Bring every task back that has ended although its question is open; their names.

    Nobody waits for a seat that somebody else has ended by hand as long as another one is open.

    Raises:
        WindlassError: as :func:`asks_in_its_place`.
    """
    asked = [Question.from_json(each.question) for each in release.view.open_questions()]
    mine = [question for question in asked if question.kind in BROUGHT_BACK]
    if not mine:
        return ()
    states = await airflow.task_states(*_run(release))
    ended = [question for question in mine if states.get(question.task) in ENDED]
    for question in ended:
        await _bring_back(release, question, airflow)
    return tuple(question.task for question in ended)


def _run(release: Release) -> tuple[str, str]:
    dag_id, _, run_id = release.id.partition("/")
    return dag_id, run_id


async def _bring_back(release: Release, question: Question, airflow: Starter) -> None:
    dag_id, run_id = _run(release)

    async def find() -> bool | None:
        states = await airflow.task_states(dag_id, run_id)
        return None if states.get(question.task) in ENDED else True

    async def do() -> bool:
        if not await find():
            await airflow.clear(dag_id, run_id, (question.task,))
        return True

    await release.once(
        release.plan.task(question.task),
        f"ask-{shown_as(release, question).rpartition('?')[2]}",
        kind="airflow.clear",
        find=find,
        do=do,
        idempotency=Idempotency.STATE,
    )
