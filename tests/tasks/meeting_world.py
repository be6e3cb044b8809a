"""Releases at the edge of production: a package is built, and only the environment is missing."""

from __future__ import annotations

from typing import Any

from tests.tasks.world import World
from windlass.tasks.exposing import claim
from windlass.tasks.release import Release

EU = "production/eu"
WINDOW = "execution.production.eu.window"
STEP = "execution.production.eu.step_10"
LAST_STEP = "execution.production.eu.step_100"
RETRACT = "execution.production.eu.retract"
SETTLE = "execution.settle"
ROWS = (
    "execution.open",
    "execution.production.window",
    "execution.production.step",
)
TYPES = ("major", "minor", "patch", "emergency", "rollback")


def ready(
    world: World,
    kind: str,
    run: str,
    version: str,
    *,
    rows: tuple[str, ...] = ROWS,
    **inputs: Any,
) -> Release:
    """A release of ``kind`` whose package is built, for eu alone."""
    defaults: dict[str, Any] = {"regions": ("eu",), "day_0": None, "by": "ops"}
    if kind == "rollback":
        rows = ("execution.open", "execution.production.retract")
        defaults |= {"reason": "rollback", "to_version": "1.2.0"}
    release = world.open(kind, rows=rows, run=run, **{**defaults, **inputs})
    if kind != "rollback":
        artifact = world.artifact(version)
        release.record("version.fixed", version=version)
        release.record(
            "candidate.built",
            attempt=1,
            name=f"{version}-rc.1",
            version=version,
            sha=world.repository().head(),
            location=artifact.location,
            digest=artifact.digest,
            artifacts={},
        )
    return release


async def holding(world: World, kind: str, **inputs: Any) -> Release:
    """A release that holds eu and has exposed nothing."""
    release = ready(world, kind, "holder", "1.4.0", **inputs)
    if kind == "rollback":
        await claim(release, EU)
    else:
        await world.do(release, WINDOW)
    assert holder(world) == release.id
    return release


def holder(world: World) -> str | None:
    """Who holds eu."""
    claimed = world.ledger.claims.holder(f"shop/{EU}")
    return claimed.stream if claimed else None


def entry(kind: str) -> str:
    """The task by which a release of ``kind`` comes into eu."""
    return RETRACT if kind == "rollback" else WINDOW
