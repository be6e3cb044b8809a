"""A check that a person makes: a checklist, an answer, and the name under it."""

from __future__ import annotations

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.spec.checks import Suite
from windlass.tasks.finding import Finding
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask

PASSED, FAILED = "passed", "failed"
FIELDS = (
    Field("failed_items", "What failed", required_for=(FAILED,)),
    Field("notes", "Notes"),
)


def by_hand(release: Release, task: PlannedTask, name: str, settings: Suite) -> Ask | Finding:
    """Ask who must check; their answer is the result."""
    role = str(settings.manual)
    question = Question(
        task=task.id,
        kind="manual",
        title=f"{task.title}: check {release.name} by hand",
        facts={
            "attempt": release.attempt(task),
            "checklist": list(settings.checklist),
            "package": release.view.package,
        },
        options=(PASSED, FAILED),
        roles=(role,),
        fields=FIELDS,
    )
    answer = release.answer(question)
    if answer is None:
        return Ask(question)
    failed = answer.fields.get("failed_items", "")
    evidence = {
        "suite": name,
        "result": {
            "checked_by": answer.by,
            "checklist": list(settings.checklist),
            "failed_items": failed,
            "notes": answer.fields.get("notes", ""),
        },
    }
    if answer.option == PASSED:
        text = f"{answer.by} checked {len(settings.checklist) or 'it'} by hand"
        return Finding(Verdict(Outcome.PASS, (text,)), evidence)
    return Finding(Verdict(Outcome.FAIL, (f"{answer.by}: {failed}",)), evidence)
