"""``validation.acceptance.demonstrate``: people see what is new, where they can try it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import CalendarEvent
from windlass.spec.scalars import Period
from windlass.tasks.acceptance import acceptance, rehearsing
from windlass.tasks.days import after
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.finding import Finding
from windlass.tasks.pages import draft, facts_of
from windlass.tasks.planning.consumers import compatibility, consumers
from windlass.tasks.planning.documents import guide_verdict, write_drafts
from windlass.tasks.planning.review import attendees
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait
from windlass.tasks.telling import tell

#: How long the demonstration is in people's calendars.
LENGTH = timedelta(minutes=45)
HOUR = 10
#: How often an environment that is being used is looked at again (seconds).
RECHECK = 10.0


async def demonstrate(release: Release, task: PlannedTask) -> Result | Finding:
    """A page from the scope, an invitation; red when the place to try it serves something else."""
    away = rehearsing(release)
    if away is not None:
        return Wait(away, every=RECHECK)
    scope = release.view.scope or {}
    facts = facts_of(release, scope)
    page = await draft(release, task, "demonstration", facts)
    link = page["link"] or page["key"]
    evidence: dict[str, Any] = {"page": link, "items": len(facts["delivered"])}
    if release.ports.has("calendar"):
        evidence["event"] = await _invite(release, task, link)
    subject = f"{release.name}: see what is new and try it"
    links = (("demonstration", link), *((("try it", facts["try_at"]),) if facts["try_at"] else ()))
    evidence["told"] = await tell(release, task, "ask", subject, links=links)
    evidence["documents"] = await write_drafts(release, task, scope)
    evidence["consumers"] = consumers(release)
    verdicts = (
        await _there_to_try(release, evidence),
        await guide_verdict(release, scope),
        compatibility(release),
    )
    return Finding(worst(verdicts, when_none="nothing was looked at"), evidence)


async def _there_to_try(release: Release, evidence: dict[str, Any]) -> Verdict:
    """Whether the acceptance environment serves the very package that people are asked about."""
    target = acceptance(release)
    if target is None or not release.ports.has("deployments"):
        return Verdict(Outcome.PASS, ("the product has no place to try it: the page alone",))
    artifact = artifact_of(release)
    exposure = await release.ports.deployments.current(target.name)
    digest = exposure.digests.get(artifact.version, artifact.digest)
    evidence["serves"] = exposure.stable
    if exposure.share(artifact.version) < 100.0 or digest != artifact.digest:
        text = f"{target.name} serves {exposure.stable or 'nothing'}, not {release.name}"
        return Verdict(Outcome.FAIL, (text,))
    return Verdict(Outcome.PASS, (f"{target.name} serves {artifact.version} to everybody",))


async def _invite(release: Release, task: PlannedTask, link: str) -> str:
    """The demonstration in people's calendars: the next working day, once."""
    calendar, uid = release.ports.calendar, f"{release.id}/demonstration"
    there = await calendar.read(uid)
    if there is not None and not there.cancelled:
        return uid
    day = after(release, release.now(), Period(working_days=1))
    starts = day.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    event = CalendarEvent(
        uid=uid,
        title=f"Demonstration: {release.name}",
        starts=starts,
        ends=starts + LENGTH,
        text="What is new, and where to try it.",
        attendees=attendees(release),
        link=link,
    )

    async def read() -> bool:
        now = await calendar.read(uid)
        return now is not None and not now.cancelled

    async def write(current: Any) -> None:
        await calendar.put(event)

    await release.converge(
        task, "invitation", kind="calendar.put", read=read, write=write, want=True
    )
    return uid
