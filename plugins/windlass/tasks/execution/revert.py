"""Put every target back on the version it served before this release touched it.

Whoever finds that the release must not go on calls :func:`revert` in its own process at once:
the judge, the watch, an abort, the watchdog, ``settle``. All of them may run side by side: each
target is brought to a state, and the state is compared with what is there first.
"""

from __future__ import annotations

from typing import Any

from windlass.errors import TerminalError
from windlass.plan.release_plan import Form, Nature, PlannedTask
from windlass.ports.deployments import Artifact, Exposure
from windlass.tasks.release import Release

#: Seconds one target may take to drain and switch back.
RETRACT_DEADLINE = 120.0

#: Effects of a revert belong to no task of the plan: anybody may do them.
REVERT = PlannedTask(
    id="execution.revert",
    row="execution.revert",
    phase="execution",
    title="Roll back",
    owners=("devops",),
    nature=Nature.TEARDOWN,
    form=Form.TASK,
)


async def revert(release: Release, reason: str) -> None:
    """Close the exposure, then take the version out of every touched target, last first.

    The first event, ``exposure.closed``, is what every step checks before it exposes more.
    """
    release.record("exposure.closed", key="closed", reason=reason)
    for target in reversed(release.view.touched):
        await put_back(release, target)
    if release.view.version is not None and _reached_users(release):
        release.record(
            "version.blocked",
            key=f"blocked#{release.version}",
            product=release.plan.product,
            version=release.version,
            reason=reason,
        )


async def put_back(release: Release, target: str) -> None:
    """Bring one target back to what it served before; records it once it is seen to."""
    before = release.view.before[target]
    back_to = _artifact(before.get("artifact"))
    version = str(before["exposing"])
    if back_to is not None and back_to.version == version:
        return

    async def read() -> dict[str, Any]:
        return _state(await release.ports.deployments.current(target), version)

    async def write(current: Any) -> None:
        await release.ports.deployments.retract(target, version, back_to)

    await release.converge(
        REVERT,
        target,
        read=read,
        write=write,
        want={"share": 0.0, "stable": back_to.version if back_to else None},
        deadline=RETRACT_DEADLINE,
    )
    release.record(
        "revert.done",
        key=f"reverted#{target}",
        target=target,
        version=version,
        back_to=back_to.version if back_to else None,
    )


def _state(exposure: Exposure, version: str) -> dict[str, Any]:
    return {"share": exposure.share(version), "stable": exposure.stable}


def _artifact(data: Any) -> Artifact | None:
    return Artifact(**data) if data else None


def _reached_users(release: Release) -> bool:
    live = {target.name for target in release.plan.live_targets}
    return any(target in live for target in release.view.touched)


def artifact_of(release: Release) -> Artifact:
    """The package this release ships.

    Raises:
        TerminalError: there is none yet.
    """
    candidate = release.view.candidate
    if candidate is None:
        raise TerminalError("no package is built yet: validation.candidate comes first")
    return Artifact(
        version=candidate["version"], location=candidate["location"], digest=candidate["digest"]
    )
