"""``execution.settle``: finish or roll back, whatever happened. The teardown of the release.

It runs when a step fails, on abort, when somebody marks the run failed, and from the watchdog when
Airflow does not act. It needs the ledger and the connections only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from windlass.ledger import EffectBusyUntil
from windlass.plan.release_plan import PlannedTask
from windlass.ports.announcements import Maintenance
from windlass.tasks.execution.revert import artifact_of, put_back, revert
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait

#: Seconds between two tries to put back a target that another call may still be changing.
BUSY_POLL = 2.0
#: What closes with a release: the change request and the maintenance window.
Closing = Callable[[Release, PlannedTask], Awaitable[None]]


async def settle(release: Release, task: PlannedTask) -> Result:
    """Leave every target on a known version, then free the locks."""
    if _complete(release) and not release.view.closed:
        await _promote(release)
    elif release.view.touched:
        try:
            await revert(release, _why(release))
        except EffectBusyUntil as busy:
            return Wait(str(busy), every=BUSY_POLL, until=busy.quiet_at)
        waits = await _until_quiet(release)
        if waits is not None:
            return waits
    problems = await _problems(release)
    if problems:
        return Fail(problems)
    await _close_what_was_opened(release, task)
    for target in _claimed(release):
        release.ledger.claims.free(target, release.id)
    return Done({"serving": await _serving(release), "rolled_back": bool(release.view.closed)})


def _complete(release: Release) -> bool:
    """Whether every live target that this release is for reached its last step."""
    targets = _targets(release)
    return bool(targets) and all(release.view.exposed.get(name) == 100.0 for name in targets)


def _targets(release: Release) -> list[str]:
    wanted = release.inputs.regions
    return [
        target.name
        for target in release.plan.live_targets
        if not wanted or not target.region or target.region in wanted
    ]


def _why(release: Release) -> str:
    view = release.view
    if view.closed:
        return str(view.closed["reason"])
    if view.ending:
        return f"{view.ending['outcome']}: {view.ending['reason']}"
    failed = [
        f"{r.task}: {'; '.join(r.reasons)}" for r in view.records.values() if r.outcome == "failed"
    ]
    return failed[-1] if failed else "the rollout ended before every target was promoted"


async def _promote(release: Release) -> None:
    artifact = artifact_of(release)
    for target in dict.fromkeys([*release.view.touched, *_targets(release)]):
        release.record(
            "version.promoted",
            key=f"promoted#{target}",
            product=release.plan.product,
            target=target,
            version=artifact.version,
            sha=(release.view.candidate or {}).get("sha"),
            artifact={
                "version": artifact.version,
                "location": artifact.location,
                "digest": artifact.digest,
            },
        )


async def _until_quiet(release: Release) -> Wait | None:
    """A step that was in flight when we reverted may still land: look once more after it cannot."""
    effects = release.ledger.effects(release.id, token=release.token, clock=release.now)
    quiet_at = effects.quiet_at()
    if quiet_at is not None:
        return Wait("a call that was under way may still land; looks again then", until=quiet_at)
    for target in reversed(release.view.touched):
        await put_back(release, target)
    return None


async def _problems(release: Release) -> tuple[str, ...]:
    """Targets that do not serve what they should, read from the targets themselves."""
    wrong = []
    for target in release.view.touched:
        expected = _expected(release, target)
        exposure = await release.ports.deployments.current(target)
        if exposure.stable != expected or (expected and exposure.share(expected) != 100.0):
            wrong.append(f"{target} serves {dict(exposure.shares)}, not {expected} alone")
    return tuple(wrong)


def _expected(release: Release, target: str) -> str | None:
    if release.view.closed is None and release.view.version:
        return release.view.version
    before = release.view.before.get(target, {})
    stable = before.get("stable")
    return str(stable) if stable else None


async def _serving(release: Release) -> dict[str, str | None]:
    return {
        target: (await release.ports.deployments.current(target)).stable
        for target in release.view.touched
    }


def _claimed(release: Release) -> list[str]:
    return [c.target for c in release.ledger.claims.all() if c.stream == release.id]


async def _close_what_was_opened(release: Release, task: PlannedTask) -> None:
    if release.ports.has("status_page"):
        await _close_maintenance(release, task)
    if release.ports.has("change_records"):
        await _close_change(release, task)


async def _close_maintenance(release: Release, task: PlannedTask) -> None:
    page = release.ports.status_page
    shown = await page.read(release.id)
    if shown is None or shown.state in ("completed", "cancelled"):
        return
    state = "cancelled" if release.view.closed else "completed"
    closed = Maintenance(
        shown.key, shown.title, shown.text, state, shown.starts, release.now(), shown.components
    )

    async def read() -> Any:
        now = await page.read(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await page.publish(closed)

    await release.converge(
        task, "maintenance", kind="status_page.publish", read=read, write=write, want=state
    )


async def _close_change(release: Release, task: PlannedTask) -> None:
    records = release.ports.change_records
    change = await records.find(release.id)
    if change is None or change.state in ("closed", "cancelled"):
        return
    state = "cancelled" if release.view.closed else "closed"

    async def read() -> Any:
        now = await records.find(release.id)
        return now.state if now else None

    async def write(current: Any) -> None:
        await records.move(change.id, state, _why(release) if release.view.closed else "released")

    await release.converge(
        task, "change", kind="change_records.move", read=read, write=write, want=state
    )
