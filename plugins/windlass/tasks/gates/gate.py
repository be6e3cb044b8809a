"""A gate: open, waiting, or rejected and parked with the product manager."""

from __future__ import annotations

from windlass.decisions.approvals import GateOutcome, GateState
from windlass.decisions.signatures import Signature
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.chasing import chase_up
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.gates.deciding import SEATS, bound_now, gate_state
from windlass.tasks.gates.seat import filled
from windlass.tasks.gates.standing import write_down_uses
from windlass.tasks.gates.unanswered import OPTIONS as AFTER_SILENCE
from windlass.tasks.gates.unanswered import ask_what_now, gave_up
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.red import end_for
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Result, Wait
from windlass.tasks.teams import who_holds

ADDRESS, ACCEPT = "address and ask again", "accept the risk"
#: Seconds until a gate performs a seat that it has just cleared.
SOON = 1.0
#: The four ways out of a rejection.
OPTIONS = (ADDRESS, ACCEPT, "postpone", "cancel")
ENDING = ("postpone", "cancel")
#: Whatever a gate asks, its answer is one of these.
ANSWERS = tuple(dict.fromkeys((ADDRESS, ACCEPT, *AFTER_SILENCE)))
REASON = Field("reason", "Reason", required_for=OPTIONS)


async def gate(release: Release, task: PlannedTask) -> Result:
    """Decide from the ledger. Not enough signatures is waiting: no failure, no pass."""
    with release.one_moment():
        result = _decided(release, task)
    return await _chased(release, task, result)


def _decided(release: Release, task: PlannedTask) -> Result:
    name = str(task.args["gate"])
    state = gate_state(release, name)
    if state is None:
        return Done({"decision": "open", "note": "nobody has to sign for this gate"})
    if state.outcome is GateOutcome.OPEN:
        write_down_uses(release, state)
        return Done(_evidence(state))
    if state.outcome is GateOutcome.REJECTED:
        return _rejected(release, task, state.rejections[0])
    silence = ask_what_now(release, task, state)
    if silence is not None:
        return silence
    asks = ask_again(release, name)
    return Wait("; ".join(state.reasons), every=SOON if asks else 0.0)


async def _chased(release: Release, task: PlannedTask, result: Result) -> Result:
    """A product manager who does not answer is reminded as anybody else is."""
    if not isinstance(result, Ask):
        return result
    people = who_holds(release, "product_manager")
    return Ask(result.question, (await chase_up(release, task, result.question, people)).until)


def ask_again(release: Release, gate: str) -> bool:
    """Clear the seats that were answered and are not filled (any more): they ask once more.

    That is so after a rejection that was addressed, a signature that expired, or one by somebody
    who does not hold the role any more. Whether there are any: their own tasks have ended, and the
    gate that performs them next is not to wait until something else moves the release.
    """
    cleared = False
    for row in SEATS:
        for task in release.plan.rows(row):
            record = release.view.record(task.id)
            mine = task.args["gate"] == gate and not does_not_apply(release, task)
            done = mine and record is not None and record.outcome == "done"
            if record and done and filled(release, task) is None and not gave_up(release, task):
                release.record(
                    "task.cleared",
                    key=f"unfilled#{task.id}#{record.seq}",
                    tasks=[task.id],
                    reason="its answer does not count (any more)",
                )
                cleared = True
    return cleared


def _evidence(state: GateState) -> dict[str, object]:
    return {
        "decision": "open",
        "signed": [{"by": person, "role": role} for person, role in state.filled],
        "reasons": list(state.reasons),
    }


def _rejected(release: Release, task: PlannedTask, rejection: Signature) -> Result:
    """Ask what becomes of it; again when what was answered does not resolve it.

    The question holds what it is about: a risk that is accepted is accepted for that alone.
    """
    answers = _answers(release, task, rejection)
    if answers and answers[-1].option in ENDING:
        return end_for(release, answers[-1])
    accepts = release.policy.approvals.accept_risk
    return Ask(
        Question(
            task=task.id,
            kind="rejected",
            title=f"{rejection.person} ({rejection.role}) rejected: {rejection.reason}",
            facts={
                "gate": rejection.gate,
                "role": rejection.role,
                "rejected_by": rejection.person,
                "at": rejection.at.isoformat(),
                "reason": rejection.reason,
                "condition": rejection.condition,
                "binds": bound_now(release, _binds(release, rejection)),
                "round": len(answers),
                "note": f"{answers[-1].option!r} did not resolve it" if answers else "",
            },
            options=tuple(o for o in OPTIONS if accepts or o != ACCEPT),
            roles=("product_manager",),
            fields=(REASON,),
        )
    )


def _binds(release: Release, rejection: Signature) -> tuple[str, ...]:
    """What the rejected seat binds to."""
    mine = (rejection.gate, rejection.role)
    seats = [t for row in SEATS for t in release.plan.rows(row)]
    names = [n for t in seats if (t.args["gate"], t.args["role"]) == mine for n in t.args["binds"]]
    return tuple(dict.fromkeys(names))


def _answers(release: Release, task: PlannedTask, rejection: Signature) -> list[Answer]:
    """What was answered about this rejection so far, in order."""
    about = (rejection.role, rejection.person, rejection.at.isoformat())
    found = []
    for asked in release.view.questions.values():
        question = Question.from_json(asked.question)
        facts = question.facts
        if (question.task, question.kind) != (task.id, "rejected"):
            continue
        if (facts["role"], facts["rejected_by"], facts["at"]) == about:
            answer = release.answer(question)
            found += [answer] if answer is not None else []
    return found
