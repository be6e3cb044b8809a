"""A seat: one required approval, asked as a question and answered with a signature."""

from __future__ import annotations

from windlass.decisions.approvals import GateOutcome
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.chasing import chase_up
from windlass.tasks.gates.deciding import bound_to_json, current_binds, excluded, gate_state
from windlass.tasks.gates.unanswered import times_asked_again
from windlass.tasks.gates.way_back import changes_since
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Result

OPTIONS = ("Approve", "Reject")
FIELDS = (
    Field("reason", "Reason", required_for=("Reject",)),
    Field("condition", "What would change your mind", required_for=("Reject",)),
)


async def seat(release: Release, task: PlannedTask) -> Result:
    """Done once somebody who counts has signed for what there is now; else ask.

    A rejection ends the seat's work too, and so does silence for too long: what follows from it is
    the gate's business.
    """
    with release.one_moment():  # a signature between the two would be asked for once more
        signed = filled(release, task)
        if signed is not None:
            return Done(signed)
        question = _question(release, task)
        _say_what_is_void(release, task, question)
        answered = release.answer(question)
    if answered is not None and answered.option == "Reject":
        return Done({"by": "", "rejected_by": answered.by, "reason": answered.reason})
    wanted = _wanted(release, task)
    if wanted is None:
        return Ask(question)
    chased = await chase_up(release, task, question, wanted)
    if chased.over:
        return Done({"by": "", "unanswered_for": f"{release.policy.approvals.answer_within}"})
    return Ask(question, until=chased.until)


def _say_what_is_void(release: Release, task: PlannedTask, question: Question) -> None:
    """A signature whose object changed is written down as void, with what changed."""
    changed = question.facts.get("changed")
    if changed:
        release.record(
            "signature.void",
            key=f"void#{question.id}",
            task=task.id,
            gate=question.facts["gate"],
            role=question.facts["role"],
            reason="; ".join(changed),
        )


def _wanted(release: Release, task: PlannedTask) -> tuple[str, ...] | None:
    """Who may still fill the seat; None where another seat of the role speaks for this one."""
    gate, role = str(task.args["gate"]), str(task.args["role"])
    first = next(
        (
            asked.question["task"]
            for asked in release.view.open_questions()
            if asked.question["kind"] == "seat"
            and (asked.question["facts"]["gate"], asked.question["facts"]["role"]) == (gate, role)
        ),
        task.id,
    )
    state = gate_state(release, gate)
    if state is None or first != task.id:
        return None
    return next((seat.may_sign for seat in state.missing if seat.role == role), ())


def filled(release: Release, task: PlannedTask) -> dict[str, str] | None:
    """Who fills this seat, by the gate's own decision."""
    gate, role = str(task.args["gate"]), str(task.args["role"])
    state = gate_state(release, gate)
    if state is None:
        return {"by": "", "note": "nobody has to sign"}
    people = [person for person, seat_role in state.filled if seat_role == role]
    index = int(task.args.get("seat", 0))
    if index < len(people):
        return {"by": people[index], "role": role, "gate": gate}
    if state.outcome is GateOutcome.OPEN:
        return {"by": "", "note": "the gate is open without this seat"}
    return None


def _question(release: Release, task: PlannedTask) -> Question:
    """The question as it stands: another package, scope or plan makes it another question.

    The round tells apart the same question asked again: after a rejection that was addressed, or
    after an answer that does not count (any more).
    """
    bound = current_binds(release)
    wanted = task.args.get("binds", ("scope", "package", "plan"))
    role = str(task.args["role"])
    changed = changes_since(release, task, tuple(wanted), bound)
    rounds = sum(
        1
        for asked in release.view.questions.values()
        if asked.question["task"] == task.id and asked.answer is not None
    )
    still_rejected = rounds > 0 and _rejection_stands(release, task)
    return Question(
        task=task.id,
        kind="seat",
        title=task.title,
        facts={
            "gate": task.args["gate"],
            "role": role,
            "seat": task.args.get("seat", 0),
            "round": rounds - 1 if still_rejected else rounds,
            **_asked_again(release, task),
            **({"changed": list(changed)} if changed else {}),
            "binds": {name: bound_to_json(bound[name]) for name in wanted if name in bound},
            "checklist": list(task.args.get("checklist", ())),
            "excluded": excluded(release),
        },
        options=OPTIONS,
        roles=(role,),
        fields=FIELDS,
    )


def _asked_again(release: Release, task: PlannedTask) -> dict[str, int]:
    """Part of the question only once silence was answered with asking again."""
    times = times_asked_again(release, str(task.args["gate"]))
    return {"asked_again": times} if times else {}


def _rejection_stands(release: Release, task: PlannedTask) -> bool:
    state = gate_state(release, str(task.args["gate"]))
    return state is not None and any(
        rejection.role == task.args["role"] for rejection in state.rejections
    )
