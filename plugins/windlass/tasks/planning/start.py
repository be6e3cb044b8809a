"""An emergency that nobody started: it waits for the on-call to name the fix and press start.

A release that failed asked for it, so no person has given the reason that an emergency is let
through for. Nobody starting it within a day is the answer that it was not needed.
"""

from __future__ import annotations

from datetime import timedelta

from windlass.decisions.chasing import Pace
from windlass.decisions.working_hours import WorkingHours
from windlass.ledger.views.folding import fold
from windlass.plan.inputs import REF
from windlass.plan.release_plan import PlannedTask
from windlass.spec.people import ON_CALL
from windlass.tasks.chasing import chase_up
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask
from windlass.tasks.teams import who_holds
from windlass.tasks.telling import tell

START, NOT_NEEDED = "start", "not needed"
OPTIONS = (START, NOT_NEEDED)
FIELDS = (
    Field("fix", "The fix: a branch, tag or commit", required_for=(START,)),
    Field("reason", "Reason", required_for=(NOT_NEEDED,)),
)
PATIENCE = timedelta(hours=24)
#: Whoever is on call is on call at any hour.
PACE = Pace(remind=timedelta(hours=1), escalate=timedelta(hours=4))
ALWAYS = WorkingHours()


def waits_for_start(release: Release) -> bool:
    """Whether nobody has started it: another release asked for it, and no person answered yet."""
    by_itself = bool(release.inputs.hotfix_for) and release.inputs.by not in release.product.people
    over = release.view.over is not None
    return by_itself and not release.dry_run and release.view.begun is None and not over


async def ask_to_start(release: Release, task: PlannedTask) -> Ask | None:
    """Ask the on-call; None once one of them named a fix that exists and pressed start.

    It is None, too, once the release is closed because nobody did, or somebody said no.
    """
    question = _question(release, task, 0, "")
    for number in range(1, len(release.view.questions) + 1):
        answer = release.answer(question)
        if answer is None:
            break
        if answer.option == NOT_NEEDED:
            await _close(release, task, answer.by, answer.reason)
            return None
        fix = answer.fields["fix"]
        problem = await _problem(release, fix)
        if not problem:
            release.record("release.started", key="begun", by=answer.by, fix=fix)
            return None
        question = _question(release, task, number, problem)
    return await _wait(release, task, question)


async def _wait(release: Release, task: PlannedTask, question: Question) -> Ask | None:
    """The day counts from the first time anybody was asked."""
    first = release.view.questions.get(_question(release, task, 0, "").id)
    end = (first.at if first else release.now()) + PATIENCE
    if release.now() >= end:
        hours = int(PATIENCE.total_seconds() // 3600)
        why = f"not needed: nobody started it within {hours} hours"
        await _close(release, task, "windlass", why)
        return None
    chased = await chase_up(
        release, task, question, who_holds(release, ON_CALL), pace=PACE, hours=ALWAYS
    )
    return Ask(question, min(end, chased.until or end))


async def _close(release: Release, task: PlannedTask, by: str, reason: str) -> None:
    """End it as cancelled, and say so."""
    release.record("release.cancelled", key="ending", by=by, reason=reason)
    await tell(release, task, "problem", f"{release.name}: closed, {reason}", name="not-started")


async def _problem(release: Release, fix: str) -> str:
    """Why the fix that was named cannot be released; empty when it can."""
    if REF.fullmatch(fix) is None:
        return f"{fix[:80]!r} is no branch, tag or commit"
    if not release.ports.has("source_control"):
        return ""
    found = await release.ports.source_control.resolve(fix)
    return "" if found else f"there is no branch, tag or commit {fix!r}"


def _handed_over(release: Release) -> dict[str, object]:
    """What the release that failed was to bring, and what is critical about it."""
    failed = str(release.inputs.hotfix_for or "")
    asked = fold(failed, release.ledger.events(failed)).hotfix if failed else None
    if asked is None:
        return {}
    return {"scope": list(asked["scope"]), "issues": list(asked["issues"])}


def _question(release: Release, task: PlannedTask, number: int, problem: str) -> Question:
    inputs = release.inputs
    return Question(
        task=task.id,
        kind="start",
        title=f"{release.name}: name the fix and start it, or say that it is not needed",
        facts={
            "asked_for_by": inputs.hotfix_for,
            "why": inputs.note,
            **_handed_over(release),
            "incident": inputs.incident,
            "round": number,
            "note": problem,
        },
        options=OPTIONS,
        roles=(ON_CALL,),
        fields=FIELDS,
    )
