"""The environment where people and suites try the candidate, and who is using it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from windlass.plan.release_plan import PlannedTarget
from windlass.tasks.marking import marked
from windlass.tasks.release import Release


@dataclass(frozen=True, slots=True)
class RehearsalMarks:
    """What the rehearsal writes down about itself, so that others keep off meanwhile."""

    row: str = "validation.readiness.rehearsal"
    begun: str = "begun"
    ended: str = "ended"


ROW = RehearsalMarks()


def acceptance(release: Release) -> PlannedTarget | None:
    """Where the candidate is put before production; None for a product that has no such place."""
    named = release.product.package.acceptance
    spare = [target for target in release.plan.targets if not target.live]
    chosen = [target for target in spare if named in (None, target.environment)]
    return chosen[-1] if chosen else None


def place_of(target: PlannedTarget | None) -> dict[str, Any]:
    """``target`` as a task's arguments; empty when there is none."""
    if target is None:
        return {}
    place = {"environment": target.environment, "target": target.name, "region": target.region}
    return {**place, "url": target.url or ""}


def unfinished_suites(release: Release) -> tuple[str, ...]:
    """The suites of this package that have no result yet: they need the place as it is."""
    return tuple(
        task.title
        for task in release.plan.rows("validation.quality.suite")
        if release.view.record(task.id) is None
    )


def rehearsing(release: Release) -> str | None:
    """Why the acceptance environment does not serve the candidate right now; None: it does."""
    place = acceptance(release)
    for task in release.plan.rows(ROW.row):
        begun = marked(release, task, ROW.begun)
        going = bool(begun) and not marked(release, task, ROW.ended)
        if going and place is not None and begun["environment"] == place.environment:
            return f"the rollback is being rehearsed in {place.name}"
    return None
