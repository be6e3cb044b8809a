"""``follow_up.incidents``: what broke because of this version, and who is told.

It runs whatever became of the release. After a rollback it opens an incident; otherwise it listens
as long as the version is watched, and tells the channel of every incident that names it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.follow_up.after_production import reached_users, still_watched, trouble
from windlass.tasks.follow_up.opening_incidents import open_incident, shown
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Skip, Wait
from windlass.tasks.telling import tell


async def incidents(release: Release, task: PlannedTask) -> Result:
    """Open one if the release did not hold; list and tell those that name its version."""
    if not reached_users(release):
        return Skip("users never saw this version")
    reason = trouble(release)
    if reason is not None:
        await _own(release, task, reason)
    found = await release.ports.incidents.linked_to(release.version)
    for incident in found:
        await _told(release, task, shown(incident))
    if reason is None and still_watched(release):
        every = release.policy.follow_up.interval.total_seconds()
        return Wait("listens for incidents as long as the version is watched", every=every)
    return Done({"incidents": [shown(each) for each in found], "rolled_back": reason is not None})


async def _own(release: Release, task: PlannedTask, reason: str) -> None:
    made = await open_incident(
        release,
        task,
        "rollback",
        title=f"{release.name} was rolled {'forward' if release.view.forward else 'back'}",
        text=f"{reason}\nRelease: {release.id}",
        severity="high",
    )
    if release.ports.has("status_page"):
        await _on_the_page(release, task, str(made["id"]))


async def _told(release: Release, task: PlannedTask, incident: dict[str, Any]) -> None:
    """Once each: not those that this release opened, which were told when they were."""
    known = {str(each["id"]) for each in release.view.incidents}
    if incident["id"] in known:
        return
    release.record(
        "incident.opened", key=f"linked#{incident['id']}", task=task.id, linked=True, **incident
    )
    subject = f"{release.name}: {incident['severity']} incident {incident['id']} names it"
    await tell(release, task, "problem", f"{subject}: {incident['title']}", name=incident["id"])


async def _on_the_page(release: Release, task: PlannedTask, incident: str) -> None:
    """The maintenance of this release says how it ended, where there was one."""
    page = release.ports.status_page
    shown_now = await page.read(release.id)
    if shown_now is None:
        return
    became = "The new version was taken back; the earlier one serves."
    if release.view.forward:
        became = f"{release.version} stays where it cannot be taken back; a fix follows."
    text = f"{became} Incident {incident}."

    async def read() -> str | None:
        now = await page.read(release.id)
        return now.text if now else None

    async def write(current: Any) -> None:
        await page.publish(replace(shown_now, text=text))

    await release.converge(
        task, "status", kind="status_page.publish", read=read, write=write, want=text
    )
