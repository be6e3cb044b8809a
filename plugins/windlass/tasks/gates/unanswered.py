"""Seats that nobody answered in time: the gate stays shut, and the product manager decides.

Running out of time is no answer. What is given late by somebody who may still counts, as any
signature does; the time runs again once the product manager asks again.
"""

from __future__ import annotations

from windlass.decisions.approvals import GateState
from windlass.ledger.views.release import Record
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.gates.deciding import SEATS
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.red import end_for
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Result

KIND = "unanswered"
AGAIN = "ask again"
OPTIONS = (AGAIN, "postpone", "cancel")
REASON = Field("reason", "Reason", required_for=OPTIONS)


def times_asked_again(release: Release, gate: str) -> int:
    """How often the product manager had the seats of ``gate`` asked again."""
    return sum(answer.option == AGAIN for answer in _answers(release, gate))


def gave_up(release: Release, task: PlannedTask) -> Record | None:
    """The record of a seat whose time ran out, unless it is to be asked again."""
    record = release.view.record(task.id)
    if record is None or "unanswered_for" not in record.evidence:
        return None
    later = [a for a in _answers(release, str(task.args["gate"])) if a.at >= record.at]
    return None if any(answer.option == AGAIN for answer in later) else record


def ask_what_now(release: Release, gate: PlannedTask, state: GateState) -> Result | None:
    """Ask what becomes of a gate whose seats ran out of time; None when none did."""
    name = str(gate.args["gate"])
    late = [
        task
        for row in SEATS
        for task in release.plan.rows(row)
        if task.args["gate"] == name and gave_up(release, task) is not None
    ]
    if not late:
        return None
    answers = _answers(release, name)
    if answers and answers[-1].option != AGAIN:
        return end_for(release, answers[-1])
    titles = ", ".join(task.title for task in late)
    return Ask(
        Question(
            task=gate.id,
            kind=KIND,
            title=f"{titles}: nobody answered in time",
            facts={
                "gate": name,
                "seats": [task.id for task in late],
                "missing": list(state.reasons),
                "round": len(answers),
            },
            options=OPTIONS,
            roles=("product_manager",),
            fields=(REASON,),
        )
    )


def _answers(release: Release, gate: str) -> list[Answer]:
    """What was answered about this gate's silence so far, in order."""
    found = []
    for asked in release.view.questions.values():
        if asked.question["kind"] == KIND and asked.question["facts"]["gate"] == gate:
            answer = release.answer(Question.from_json(asked.question))
            found += [answer] if answer is not None else []
    return found
