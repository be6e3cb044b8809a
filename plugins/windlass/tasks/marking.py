"""How far a task of several stages got: each stage is written down once per try, with its time.

A worker that dies between two stages is followed by one that goes on from the last mark.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release


def mark(release: Release, task: PlannedTask, name: str, **facts: Any) -> datetime:
    """Write down that this try reached ``name``, once; gives when it first did."""
    release.record(
        "evidence",
        key=f"{task.id}#mark#{release.attempt(task)}#{name}",
        task=task.id,
        mark=name,
        attempt=release.attempt(task),
        **facts,
    )
    return datetime.fromisoformat(marked(release, task, name)["at"])


def marked(release: Release, task: PlannedTask, name: str) -> dict[str, Any]:
    """What this try wrote down when it reached ``name``; empty when it has not."""
    return dict(release.view.marks.get((task.id, release.attempt(task), name), {}))
