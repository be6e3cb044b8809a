"""``follow_up.contract``: the destructive half of a migration, when no rollback needs the data."""

from __future__ import annotations

from typing import Any

from semver import Version

from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.pipelines import RunState
from windlass.tasks.acceptance import place_of
from windlass.tasks.follow_up.after_production import released_at, replaced_on, wanted_targets
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Skip, Wait


async def contract(release: Release, task: PlannedTask) -> Result:
    """Wait for the end of ``rollback_window``, then contract and check, target by target."""
    migrations = release.policy.rollout.migrations
    if migrations is None or migrations.contract is None:
        return Skip("no contract migration configured")
    if not (release.view.scope or {}).get("migrations"):
        return Done({"migrated": False, "note": "this release brings no migration"})
    released = released_at(release)
    if released is None:
        return Fail(("the version is not promoted: old code may still need the old data",))
    closes = released + release.policy.rollback_window
    if release.now() < closes:
        return Wait(f"a rollback needs the old data until {closes:%Y-%m-%d %H:%M} UTC", 0.0, closes)
    older = _older(release)
    if older:
        return Skip(f"an older version is live again and needs the old data: {older}")
    return await _run(release, task, migrations.contract, migrations.check)


def _older(release: Release) -> dict[str, str]:
    """Targets that serve an older version than this one. A newer one was built on this data."""
    ours = Version.parse(release.version)
    return {t: v for t, v in replaced_on(release).items() if Version.parse(v) < ours}


async def _run(
    release: Release,
    task: PlannedTask,
    command: tuple[str, ...],
    check: tuple[str, ...] | None,
) -> Result:
    seconds: dict[str, Any] = {}
    for target in wanted_targets(release):
        for name, words in (("contract", command), ("check", check)):
            if words is None:
                continue
            ended = await _one(release, task, f"{name}-{target.name}", words, target)
            if not isinstance(ended, float):
                return ended
            seconds.setdefault(target.name, {})[name] = ended
    return Done({"migrated": True, "seconds": seconds})


async def _one(
    release: Release,
    task: PlannedTask,
    name: str,
    words: tuple[str, ...],
    target: PlannedTarget,
) -> float | Result:
    """Seconds it took; a wait, or a failure that says how the command ended."""
    sha = str((release.view.candidate or {})["sha"])
    request = request_for(release, task, words, ref=sha, name=name, place=place_of(target))
    status = await run_pipeline(release, task, name, request)
    if isinstance(status, Wait):
        return status
    if status.state is not RunState.PASSED:
        return Fail((f"{name} ended with {status.state}: {status.tail[-400:].strip()}",))
    return float(status.seconds or 0.0)
