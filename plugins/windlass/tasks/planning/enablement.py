"""``planning.enablement``: support knows what comes, and says so."""

from __future__ import annotations

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.spec.scalars import Period
from windlass.tasks.days import before, production_at
from windlass.tasks.finding import Finding
from windlass.tasks.pages import draft, facts_of
from windlass.tasks.planning.booking import book, key_of
from windlass.tasks.planning.review import attendees
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Result
from windlass.tasks.scoping import scope_now
from windlass.tasks.telling import tell

OPTIONS = ("we are ready", "we are not ready")
REASON = Field("reason", "What is missing", required_for=("we are not ready",))
MINUTES = 30


async def enablement(release: Release, task: PlannedTask) -> Result | Finding:
    """Publish the briefing, plan the meeting, and have it acknowledged by who must."""
    meeting = await book_briefing(release, task)
    evidence: dict[str, object] = {"briefing": meeting, "meeting": meeting}
    if release.ports.has("documents"):
        facts = {**facts_of(release, await scope_now(release)), "meeting": meeting}
        page = await draft(release, task, "briefing", facts)
        evidence["briefing"] = page["link"] or page["key"]
    settings = release.product.enablement
    role = settings.acknowledged_by if settings else None
    if role is None:
        return Finding(Verdict(Outcome.PASS, ("nobody has to acknowledge it",)), evidence)
    return await _acknowledged(release, task, role, evidence)


async def _acknowledged(
    release: Release, task: PlannedTask, role: str, evidence: dict[str, object]
) -> Result | Finding:
    question = Question(
        task=task.id,
        kind="form",
        title=f"{release.name}: is {role.replace('_', ' ')} ready for it?",
        facts={"attempt": release.attempt(task), **evidence},
        options=OPTIONS,
        roles=(role,),
        fields=(REASON,),
    )
    answer = release.answer(question)
    if answer is None:
        subject = f"{release.name}: please read the briefing and say whether you are ready"
        links = (("briefing", str(evidence["briefing"] or "")),)
        await tell(release, task, "ask", subject, links=links, to=release.product.holders(role))
        return Ask(question)
    evidence["acknowledged_by"] = answer.by
    if answer.option == OPTIONS[0]:
        return Finding(Verdict(Outcome.PASS, (f"{answer.by} ({role}) is ready",)), evidence)
    return Finding(
        Verdict(Outcome.FAIL, (f"{answer.by} ({role}) is not ready: {answer.reason}",)), evidence
    )


async def book_briefing(release: Release, task: PlannedTask) -> str | None:
    """A meeting on the working day before Day 0, unless a recording stands for it.

    Where that day is past, what is booked stays as it is.
    """
    settings = release.product.enablement
    if not release.ports.has("meetings") or (settings and settings.recording):
        return settings.recording if settings else None
    topic = f"Briefing: {release.name} ({len(attendees(release))} people)"
    day_before = before(release, production_at(release), Period(working_days=1))
    booked = await release.ports.meetings.read(key_of(release, "briefing"))
    if booked is not None and not booked.cancelled and day_before <= release.now():
        return booked.link
    starts = max(release.now(), day_before).replace(microsecond=0)
    return await book(release, task, "briefing", topic, starts, MINUTES)
