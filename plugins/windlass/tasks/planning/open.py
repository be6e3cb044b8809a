"""``planning.open``: the setup of both teardowns; it has no effect on the world."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.rollback import end_if_superseded
from windlass.tasks.exposing import live
from windlass.tasks.meeting import supersede, twin
from windlass.tasks.planning.start import ask_to_start, waits_for_start
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def open_(release: Release, task: PlannedTask) -> Result:
    """Say what was frozen; end at once when the same release is open already.

    So does a rollback of a version that is not live any more.

    An emergency that was opened by another release waits here until somebody starts it.

    The freezing itself is :func:`windlass.tasks.opening.open_release`.
    """
    opened = release.view.opened or {}
    same = twin(release)
    if same is not None:
        supersede(release, same, f"{same} is the same release and was there first")
    end_if_superseded(release, live(release))
    if waits_for_start(release):
        result = await ask_to_start(release, task)
        if result is not None:
            return result
    return Done(
        {
            "plan_digest": opened["plan_digest"],
            "captain": opened["captain"],
            "spec_digest": release.plan.spec_digest,
            "reason": release.inputs.reason,
            "by": release.inputs.by,
        }
    )
