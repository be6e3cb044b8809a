"""``planning.scope``: what is planned, by the tracker; the scope is only locked at the cut."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def scope(release: Release, task: PlannedTask) -> Result:
    """Read the planned items. Provisional: nothing here can make a release fail."""
    if not release.ports.has("tracker"):
        note = "no tracker is configured; the cut reads the commits"
        return Done({"items": [], "release_type": release.plan.release_type, "note": note})
    issues = await release.ports.tracker.planned(release.inputs.version)
    return Done(
        {
            "items": [
                {"key": issue.key, "title": issue.title, "kind": issue.kind, "done": issue.done}
                for issue in issues
            ],
            "done": sum(issue.done for issue in issues),
            "release_type": release.plan.release_type,
            "version": release.inputs.version,
        }
    )
