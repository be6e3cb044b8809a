"""``follow_up.feedback``: users are asked how it went, and their score is counted."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.tasks.days import after
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Skip, Wait
from windlass.tasks.telling import tell


async def feedback(release: Release, task: PlannedTask) -> Result:
    """Open the survey, keep it open for the policy's time, then count.

    A low score, or too few answers, is told and never stops a release that is out.
    """
    survey = release.policy.follow_up.survey
    if survey is None:
        return Skip("no survey configured")
    link = await _opened(release, task, survey.questions)
    ends = after(release, mark(release, task, "survey opened", link=link), survey.open_for)
    if release.now() < ends:
        return Wait(f"the survey is open until {ends:%Y-%m-%d %H:%M} UTC", 0.0, ends)
    responses = await release.ports.surveys.responses(release.id)
    scores = [response.score for response in responses]
    enough = len(scores) >= max(survey.least, 1)
    score = round(sum(scores) / len(scores), 2) if scores else None
    return Done(
        {
            "score": score,
            "responses": len(scores),
            "positive": score >= survey.target if enough and score is not None else None,
            "target": survey.target,
            "texts": [response.text for response in responses if response.text][:20],
            "survey": link,
        }
    )


async def _opened(release: Release, task: PlannedTask, questions: tuple[str, ...]) -> str:
    surveys = release.ports.surveys

    async def find() -> str | None:
        return await surveys.find(release.id)

    async def do() -> str:
        return await surveys.open(release.id, f"{release.name}: how is it?", questions)

    link = str(
        await release.once(
            task, "survey", kind="surveys.open", find=find, do=do, idempotency=Idempotency.MARKER
        )
    )
    await tell(
        release, task, "milestone", f"{release.name}: users are asked", links=(("survey", link),)
    )
    return link
