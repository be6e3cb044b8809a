"""``planning.rollback``: the way back, proven to exist before the way forward starts."""

from __future__ import annotations

from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.ports.deployments import Artifact
from windlass.tasks.execution.one_way import WAYS, undo_of
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release


async def rollback(release: Release, task: PlannedTask) -> Finding:
    """Per target: the version to go back to, and proof that its package can still be had."""
    view = live(release)
    ways: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for target in release.plan.live_targets:
        running = view.on(target.name)
        if running is None:
            ways[target.name] = {"back_to": None, "how": "rollback = retract: first release here"}
            continue
        ways[target.name] = {"back_to": running.version, "how": WAYS[undo_of(release)]}
        problem = await _gone(release, running.artifact, target.name)
        if problem:
            problems.append(problem)
    verdict = (
        Verdict(Outcome.FAIL, tuple(problems))
        if problems
        else Verdict(Outcome.PASS, (f"a way back for each of {len(ways)} targets",))
    )
    return Finding(verdict, {"last_good": ways, "rollback": _written(ways, _one_way(release))})


def _one_way(release: Release) -> str:
    """What the back-out plan says of migrations that cannot be undone."""
    migrations = release.policy.rollout.migrations
    if migrations is None or migrations.undo != "none":
        return ""
    return (
        "If it migrates data there is no way back where users have met it: "
        "such a target goes forward to all users, the others go back."
    )


async def _gone(release: Release, artifact: Any, target: str) -> str | None:
    if artifact is None:
        return f"{target}: nobody knows the package that is live there; adopt it first"
    if not release.ports.has("deployments"):
        return None
    if await release.ports.deployments.available(Artifact(**artifact)):
        return None
    return (
        f"{target}: the package of {artifact['version']} cannot be had any more "
        f"({artifact['location']}, {artifact['digest']})"
    )


def _written(ways: dict[str, dict[str, Any]], one_way: str) -> str:
    """The back-out plan as people read it."""
    lines = [
        f"{target}: {way['back_to'] or 'retract'} ({way['how']})" for target, way in ways.items()
    ]
    return "\n".join(["Last target first:", *reversed(lines), *([one_way] if one_way else [])])
