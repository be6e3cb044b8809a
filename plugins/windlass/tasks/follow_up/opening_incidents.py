"""Open an incident for a release, once per occasion, and tie it to the release."""

from __future__ import annotations

from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.incidents import Incident
from windlass.tasks.release import Release
from windlass.tasks.telling import tell


async def open_incident(
    release: Release, task: PlannedTask, occasion: str, *, title: str, text: str, severity: str
) -> dict[str, Any]:
    """Open it (or find it), write it down, tell the channel. Returns it as plain JSON."""
    incidents = release.ports.incidents
    marker = f"{release.id}#{occasion}"

    async def find() -> dict[str, Any] | None:
        found = await incidents.find(marker)
        return shown(found) if found else None

    async def do() -> dict[str, Any]:
        opened = await incidents.open(
            marker=marker,
            title=title,
            text=text,
            severity=severity,
            service=release.plan.product,
            version=release.view.version or "",
        )
        return shown(opened)

    made: dict[str, Any] = await release.once(
        task,
        f"incident-{occasion}",
        kind="incidents.open",
        find=find,
        do=do,
        idempotency=Idempotency.NATIVE_KEY,
    )
    release.record("incident.opened", key=f"incident#{occasion}", task=task.id, **made)
    links = ((str(made["id"]), str(made["link"])),) if made["link"] else ()
    subject = f"{release.name}: incident {made['id']}: {title}"
    await tell(release, task, "problem", subject, links=links, name=occasion)
    return made


def shown(incident: Incident) -> dict[str, Any]:
    """An incident as the ledger keeps it."""
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "open": incident.open,
        "link": incident.link,
    }
