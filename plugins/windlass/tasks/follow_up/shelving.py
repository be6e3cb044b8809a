"""Put the version on the shelf: the tracker has it as released, and its items are where they are.

What was planned and not delivered goes back to the next release.
"""

from __future__ import annotations

from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.follow_up.after_production import released_at
from windlass.tasks.release import Release


async def shelve(release: Release, task: PlannedTask) -> dict[str, Any]:
    """Move the items, then mark the version as released. Returns the evidence."""
    if not release.ports.has("tracker"):
        return {}
    tracker, version = release.ports.tracker, release.version
    scope = release.view.scope or {}
    delivered = await _move(release, task, "delivered", scope.get("delivered"), version)
    returned = await _move(release, task, "returned", scope.get("dropped"), None)
    on = (released_at(release) or release.now()).date().isoformat()

    async def read() -> bool:
        return await tracker.is_released(version)

    async def write(current: Any) -> None:
        await tracker.mark_released(version, on=on)

    await release.converge(
        task, "released", kind="tracker.mark_released", read=read, write=write, want=True
    )
    return {"tracker": {"released": version, "delivered": delivered, "returned": returned}}


async def _move(
    release: Release, task: PlannedTask, name: str, items: Any, version: str | None
) -> list[str]:
    """Plan ``items`` for ``version``; those that the tracker does not have are left out."""
    tracker = release.ports.tracker
    wanted = tuple(str(item["key"]) for item in items or ())
    known = tuple(issue.key for issue in await tracker.get(wanted)) if wanted else ()
    if not known:
        return []

    async def read() -> dict[str, str | None]:
        return {issue.key: issue.version or None for issue in await tracker.get(known)}

    async def write(current: Any) -> None:
        await tracker.set_version(known, version)

    want = dict.fromkeys(known, version)
    await release.converge(
        task, name, kind="tracker.set_version", read=read, write=write, want=want
    )
    return list(known)
