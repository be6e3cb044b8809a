"""``execution.production.<region>.step_<percent>``: one exposure step."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.execution.stepping import is_behind, not_now
from windlass.tasks.exposing import claim, expose
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def step(release: Release, task: PlannedTask) -> Result:
    """Give the new version its share of the traffic, if the rollout may come to that now.

    A step that is behind us is not walked again: nobody is taken off the new version by a task that
    somebody cleared.
    """
    artifact, target = artifact_of(release), str(task.args["target"])
    refusal = await not_now(release, task)
    if refusal is not None:
        return refusal
    await claim(release, target)
    if not is_behind(release, task):
        await expose(release, task, target, artifact, float(task.args["percent"]))
    exposure = await release.ports.deployments.current(target)
    return Done(
        {
            "target": target,
            "percent": exposure.share(artifact.version),
            "version": artifact.version,
            "package": artifact.digest,
        }
    )
