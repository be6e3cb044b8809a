"""A gate: open, waiting, or rejected and parked with the product manager."""

from __future__ import annotations

from windlass.decisions.approvals import GateOutcome, GateState
from windlass.decisions.signatures import Signature
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.gates.deciding import SEATS, gate_state
from windlass.tasks.gates.seat import filled
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.red import end_for
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Wait

#: The four ways out of a rejection.
OPTIONS = ("address and ask again", "accept the risk", "postpone", "cancel")
REASON = Field("reason", "Reason", required_for=OPTIONS)


async def gate(release: Release, task: PlannedTask) -> Result:
    """Decide from the ledger. Not enough signatures is waiting: no failure, no pass."""
    state = gate_state(release, str(task.args["gate"]))
    if state is None:
        return Done({"decision": "open", "note": "nobody has to sign for this gate"})
    if state.outcome is GateOutcome.OPEN:
        return Done(_evidence(state))
    if state.outcome is GateOutcome.REJECTED:
        return _rejected(release, task, state.rejections[0])
    ask_again(release, str(task.args["gate"]))
    return Wait("; ".join(state.reasons))


def ask_again(release: Release, gate: str) -> None:
    """Clear the seats that were answered and are not filled (any more): they ask once more.

    That is so after a rejection that was addressed, a signature that expired, or one by somebody
    who does not hold the role any more.
    """
    for row in SEATS:
        for task in release.plan.rows(row):
            record = release.view.record(task.id)
            mine = task.args["gate"] == gate and not does_not_apply(release, task)
            if mine and record and record.outcome == "done" and filled(release, task) is None:
                release.record(
                    "task.cleared",
                    key=f"unfilled#{task.id}#{record.seq}",
                    tasks=[task.id],
                    reason="its answer does not count (any more)",
                )


def _evidence(state: GateState) -> dict[str, object]:
    return {
        "decision": "open",
        "signed": [{"by": person, "role": role} for person, role in state.filled],
        "reasons": list(state.reasons),
    }


def _rejected(release: Release, task: PlannedTask, rejection: Signature) -> Result:
    question = Question(
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
        },
        options=OPTIONS,
        roles=("product_manager",),
        fields=(REASON,),
    )
    answer = release.answer(question)
    if answer is None:
        return Ask(question)
    return _answered(release, answer)


def _answered(release: Release, answer: Answer) -> Result:
    """``decide`` weighs the first two by itself; here they are only not yet signed again."""
    if answer.option in ("postpone", "cancel"):
        return end_for(release, answer)
    if answer.option in OPTIONS:
        return Wait(f"{answer.by}: {answer.option} ({answer.reason}); asks again")
    return Fail((f"{answer.option!r} is not an answer to a rejection",))
