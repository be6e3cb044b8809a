"""``execution.production.<region>.judge_<percent>``: is the new version worse than the old one."""

from __future__ import annotations

from windlass.decisions.rollout_state import Move, MoveKind
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.arms import judge_of
from windlass.tasks.execution.boundary import reverted_at_boundary
from windlass.tasks.execution.judging import next_move
from windlass.tasks.execution.looking import take_due_look
from windlass.tasks.execution.scoring import Judgement
from windlass.tasks.execution.turned_off import turned_off
from windlass.tasks.execution.verdicts import write_judgement
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Wait

OPTIONS = ("look longer", "advance one step", "roll back")
REASON = Field("reason", "Reason", required_for=("advance one step", "roll back"))


async def judge(release: Release, task: PlannedTask) -> Result:
    """One look: advance, look again, ask a person, or fail, which rolls back."""
    target = str(task.args["target"])
    if not judge_of(release, target).metrics:
        return Done({"judged": False, "note": "the product names no metrics to judge by"})
    stopped = await turned_off(release)
    with release.one_moment():
        known = stopped or reverted_at_boundary(release) or _answered(release, task)
    if known is not None:
        return known
    await take_due_look(release, task, target)
    with release.one_moment() as view:
        verdict, move = next_move(release, view.looks[task.id], target)
        return _result(release, task, verdict, move)


def _result(release: Release, task: PlannedTask, verdict: Judgement, move: Move) -> Result:
    every = release.policy.judge.interval.total_seconds()
    match move.kind:
        case MoveKind.ROLL_BACK | MoveKind.ROLL_FORWARD:
            write_judgement(release, task, verdict, move.kind, move.reasons)
            return Fail(move.reasons)
        case MoveKind.ADVANCE:
            write_judgement(release, task, verdict, move.kind, move.reasons)
            return Done({"decision": verdict.decision, "reasons": list(move.reasons)})
        case MoveKind.PAUSE:
            return Ask(_question(release, task, move))
        case _ if release.view.hold is not None:
            return Wait("; ".join(move.reasons), every=every)
        case _:
            return Wait(f"watches {task.title.lower()}", every=every)


def _question(release: Release, task: PlannedTask, move: Move) -> Question:
    rounds = sum(
        1
        for asked in release.view.questions.values()
        if asked.question["task"] == task.id and asked.answer is not None
    )
    return Question(
        task=task.id,
        kind="judge",
        title=f"{task.title}: the judge cannot tell",
        facts={"round": rounds, "reasons": list(move.reasons)},
        options=OPTIONS,
        roles=task.owners,
        fields=(REASON,),
    )


def _answered(release: Release, task: PlannedTask) -> Result | None:
    """What a person decided; while the question is open the watch goes on, without new looks."""
    mine = [a for a in release.view.questions.values() if a.question["task"] == task.id]
    if not mine:
        return None
    question = Question.from_json(mine[-1].question)
    answer = release.answer(question)
    if answer is None:
        return Ask(question)
    match answer.option:
        case "roll back":
            return Fail((f"{answer.by} rolls back: {answer.reason}",))
        case "advance one step":
            return Done({"advanced_by": answer.by, "reason": answer.reason})
    return None
