"""``execution.open``: know where you are before anything moves."""

from __future__ import annotations

from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.one_way import planned_one_way
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.exposing import live, write_down_before
from windlass.tasks.follow_up.after_production import wanted_ramps
from windlass.tasks.ramping import OFF
from windlass.tasks.release import Release, ships_flags, subject
from windlass.tasks.results import Done, Fail, Result


async def open_(release: Release, task: PlannedTask) -> Result:
    """Write down what every live target serves; refuse a blocked version and a broken plan."""
    if release.plan.release_type == "rollback":
        return Done({"live_before": _recorded(release)})
    if ships_flags(release):
        return _flags(release)
    artifact = artifact_of(release)
    known = live(release)
    blocked = known.blocked.get(artifact.version)
    if blocked is not None:
        how = f"windlass lift {release.plan.product} {artifact.version}"
        return Fail((f"{artifact.version} is blocked: {blocked}. A person must lift it: {how}",))
    serving = _recorded(release)
    for target in release.plan.live_targets:
        await write_down_before(release, target.name, artifact)
        before = release.view.before.get(target.name)
        if before is not None:
            serving[target.name] = before["stable"]
    one_way = planned_one_way(release)
    said: dict[str, Any] = {"no_way_back_after": list(one_way)} if one_way else {}
    if artifact.version in known.lifted:
        said["attempt"] = 1 + known.lifted[artifact.version]
    return Done({"live_before": serving, "package": artifact.digest, **said})


def _flags(release: Release) -> Result:
    """The version whose flags are ramped is the one that is live, in every place."""
    known = live(release)
    serving = {each.place: known.on(each.place) for each in wanted_ramps(release)}
    versions = {running.version if running else None for running in serving.values()}
    version = next(iter(versions), None)
    if version is None or len(versions) > 1:
        said = ", ".join(f"{p}: {r.version if r else 'nothing'}" for p, r in serving.items())
        return Fail((f"flags ramp on one version that is live everywhere they go; {said}",))
    release.record("version.fixed", key="version", version=version, how="live")
    for ramp in wanted_ramps(release):
        what = subject(release, ramp.name)
        if what in known.blocked:
            how, why = f"windlass lift {release.plan.product} {what}", known.blocked[what]
            return Fail((f"{what} is blocked: {why}. A person must lift it: {how}",))
    return Done({"live_before": {each.name: OFF for each in wanted_ramps(release)}})


def _recorded(release: Release) -> dict[str, str | None]:
    """What the ledger says is live.

    All there is to say for a rollback by hand, which ships no package of its own, and for a place
    that another release still has to give back.
    """
    view = live(release)
    found = {target.name: view.on(target.name) for target in release.plan.live_targets}
    return {name: running.version if running else None for name, running in found.items()}
