"""``planning.automation``: the whole rollout on paper, tried out without doing it."""

from __future__ import annotations

from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.deployments import Artifact
from windlass.tasks.execution.one_way import MIGRATE, undo_of
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import wanted_ramps
from windlass.tasks.ramping import must_be_off
from windlass.tasks.release import Release


async def automation(release: Release, task: PlannedTask) -> Finding:
    """List every step of every target, rehearse it with what is live now, mark no way back."""
    migrations = release.policy.rollout.migrations
    no_way_back = migrations is not None and migrations.undo == "none"
    after = {str(task.args["target"]): task.id for task in release.plan.rows(MIGRATE)}
    steps: list[dict[str, Any]] = []
    problems: list[str] = []
    for target in release.plan.targets:
        said = await _rehearse(release, target.name, problems)
        steps.append(
            {
                "target": target.name,
                "wave": target.wave,
                "steps": list(target.steps),
                "would": said,
                "undo": release.ports.deployments.undo
                if release.ports.has("deployments")
                else "none",
                **({"no_way_back_after": after.get(target.name)} if no_way_back else {}),
            }
        )
    flags = [await _rehearse_flag(release, ramp, problems) for ramp in wanted_ramps(release)]
    evidence = {
        "digest": release.plan.digest,
        "rollout": [*steps, *flags],
        "no_way_back": no_way_back,
    }
    if problems:
        return Finding(Verdict(Outcome.FAIL, tuple(problems)), evidence)
    text = f"{len(steps)} targets, {sum(len(s['steps']) for s in steps)} steps, all rehearsed"
    return Finding(Verdict(Outcome.PASS, (text,)), evidence)


async def _rehearse_flag(
    release: Release, ramp: PlannedTarget, problems: list[str]
) -> dict[str, Any]:
    """The flag's steps; it must be there, and off, so that off is the way back."""
    would = f"turn {ramp.flag} on, step by step; back: off"
    try:
        await must_be_off(release, ramp.name)
    except TerminalError as problem:
        problems.append(f"{ramp.name}: {problem}")
        would = str(problem)
    steps = {"target": ramp.name, "wave": ramp.wave, "steps": list(ramp.steps)}
    return {**steps, "would": would, "undo": undo_of(release, ramp.name)}


async def _rehearse(release: Release, target: str, problems: list[str]) -> str:
    """Try the deployment adapter with the package that is live: the new one is not built yet."""
    if not release.ports.has("deployments"):
        return "no deployments are configured"
    running = live(release).on(target)
    if running is None or running.artifact is None:
        return "first release here: nothing to try with"
    try:
        return await release.ports.deployments.rehearse(target, Artifact(**running.artifact), 100.0)
    except TerminalError as problem:
        problems.append(f"{target}: {problem}")
        return str(problem)
