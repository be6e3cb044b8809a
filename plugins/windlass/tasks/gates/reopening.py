"""Gates that were open and are not any more: asked again, by whoever finds them shut.

A gate's task ends when its gate opens. A signature expires later, a waiver runs out, somebody loses
a role: the first production step finds that out, and then the gate and its seats ask again.
"""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.gates.deciding import unopened
from windlass.tasks.gates.gate import ask_again
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Skip, Wait
from windlass.tasks.validation.quality import against

ROWS = ("validation.quality.gate", "validation.acceptance.gate", "validation.readiness.gate")


def shut(release: Release) -> tuple[str, ...]:
    """Why production must not start: signatures that are missing, results that are red."""
    return (*unopened(release), *against(release))


async def reopen(release: Release) -> Result | None:
    """Let every shut gate ask again; None when all are open.

    A dry run goes on: its gates have said what they would wait for.

    Returns:
        What the first one that stays shut waits for, or asks.
    """
    from windlass.tasks.perform import perform

    reasons = () if release.dry_run else shut(release)
    if not reasons:
        return None
    for row in ROWS:
        for task in release.plan.rows(row):
            if _is_shut(release, task):
                _clear(release, task)
                result = await perform(release, task.id)
                if not isinstance(result, Done | Skip):
                    return result
    return Wait("; ".join(reasons))


def _is_shut(release: Release, task: PlannedTask) -> bool:
    gate = str(task.args["gate"])
    signed = any(reason.startswith(f"{gate}: ") for reason in unopened(release))
    return signed or (task.row == ROWS[0] and bool(against(release)))


def _clear(release: Release, task: PlannedTask) -> None:
    record = release.view.record(task.id)
    if record is not None:
        release.record(
            "task.cleared",
            key=f"reopened#{task.id}#{record.seq}",
            tasks=[task.id],
            reason="it was open and is not any more",
        )
    ask_again(release, str(task.args["gate"]))
