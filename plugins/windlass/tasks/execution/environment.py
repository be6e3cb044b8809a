"""``execution.<environment>.deploy``: an environment that users do not see gets the package."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.exposing import claim, expose
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def deploy(release: Release, task: PlannedTask) -> Result:
    """Lock the environment and put the package there, at 100 %."""
    artifact, target = artifact_of(release), str(task.args["environment"])
    await claim(release, target)
    await expose(release, task, target, artifact, 100.0)
    exposure = await release.ports.deployments.current(target)
    return Done({"target": target, "serves": exposure.stable, "package": artifact.digest})
