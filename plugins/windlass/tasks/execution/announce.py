"""``execution.announce``: people and the status page hear that it starts; the change is on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import Maintenance
from windlass.tasks.release import Release, is_rollback
from windlass.tasks.results import Done, Fail, Result
from windlass.tasks.telling import tell

#: The row that asks for the change request.
CHANGE = "planning.change"
#: What the status page shows as the end when the plan's bakes do not say more.
AT_LEAST = timedelta(hours=1)


async def announce(release: Release, task: PlannedTask) -> Result:
    """Tell the channel, open the maintenance, set the change request to implementing.

    A type that asks for no change request, an emergency or a rollback, waits for nobody's.
    """
    what = "rollback" if is_rollback(release) else "rollout to production"
    subject = f"{release.name}: {what} starts"
    told = await tell(release, task, "start", subject, every_try=False)
    evidence: dict[str, Any] = {"announced": told}
    if release.ports.has("status_page"):
        evidence["maintenance"] = await _maintenance(release, task)
    if release.ports.has("change_records") and any(release.plan.rows(CHANGE)):
        change = await release.ports.change_records.find(release.id)
        if change is None or change.state not in ("approved", "implementing"):
            state = change.state if change else "missing"
            return Fail((f"the change request is {state}, not approved",))
        await _implementing(release, task, change.id)
        evidence["change"] = change.id
    return Done(evidence)


async def _maintenance(release: Release, task: PlannedTask) -> str:
    page, bake = release.ports.status_page, release.policy.rollout.bake
    steps = sum(len(target.steps) for target in release.plan.live_targets)
    ends = release.now() + max(AT_LEAST, bake.time * steps)
    shown = await page.read(release.id)
    what, text = release.view.version or "", "A new version is rolled out step by step."
    if is_rollback(release):
        what, text = "rollback", "An earlier version is brought back."
    maintenance = Maintenance(
        key=release.id,
        title=f"{release.product.title or release.plan.product} {what}".strip(),
        text=text,
        state="in_progress",
        starts=shown.starts if shown else release.now(),
        ends=ends,
        components=tuple(target.name for target in release.plan.live_targets),
    )

    async def read() -> Any:
        now = await page.read(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await page.publish(maintenance)

    await release.converge(
        task, "maintenance", kind="status_page.publish", read=read, write=write, want="in_progress"
    )
    return release.id


async def _implementing(release: Release, task: PlannedTask, change: str) -> None:
    records = release.ports.change_records

    async def read() -> Any:
        now = await records.find(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await records.move(change, "implementing", f"{release.name} starts")

    await release.converge(
        task, "change", kind="change_records.move", read=read, write=write, want="implementing"
    )
