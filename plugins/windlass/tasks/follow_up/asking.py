"""Ask people to fill in a form, and ask again while what they wrote cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask
from windlass.tasks.telling import tell

#: What is wrong with an answer, in words; empty: nothing.
Check = Callable[[Answer], str]


async def filled_in(
    release: Release,
    task: PlannedTask,
    *,
    title: str,
    facts: Mapping[str, Any],
    options: tuple[str, ...],
    fields: tuple[Field, ...],
    check: Check,
    until: datetime | None = None,
) -> Answer | Ask:
    """The first answer of this try that passes ``check``, else the question that is open now.

    A question that is asked again says in its facts what was wrong with the answer before. Its
    owners are told of each, once.
    """
    problem, number = "", 0
    while True:
        number += 1
        question = Question(
            task=task.id,
            kind="form",
            title=title,
            facts={
                **facts,
                "attempt": release.attempt(task),
                "round": number,
                "problem": problem,
            },
            options=options,
            roles=task.owners,
            fields=fields,
        )
        answer = release.answer(question)
        if answer is None:
            to = tuple(name for role in task.owners for name in release.product.holders(role))
            name = f"{release.attempt(task)}.{number}"
            await tell(release, task, "ask", title, body=problem, to=to, name=name)
            return Ask(question, until)
        problem = check(answer)
        if not problem:
            return answer
