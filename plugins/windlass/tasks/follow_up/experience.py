"""``follow_up.experience``: the live version is audited where users meet it."""

from __future__ import annotations

from typing import Any

from windlass.decisions.verdict import Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.acceptance import place_of
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import wanted_targets
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Skip, Wait
from windlass.tasks.validation.by_hand import by_hand
from windlass.tasks.validation.suite import weighed

NAME = "experience"


async def experience(release: Release, task: PlannedTask) -> Result | Finding:
    """Run the audit on every live target and weigh each report; or have a person look."""
    settings = release.policy.follow_up.experience
    if settings is None:
        return Skip("no experience configured")
    if settings.run is None:
        return by_hand(release, task, NAME, settings)
    results: dict[str, Any] = {}
    verdicts = []
    for target in wanted_targets(release):
        name = f"{NAME}-{target.name}"
        request = request_for(
            release,
            task,
            settings.run,
            ref=str((release.view.candidate or {})["sha"]),
            reports=(settings.report.path,) if settings.report else (),
            name=target.name,
            place=place_of(target),
        )
        status = await run_pipeline(release, task, name, request, longest=settings.timeout)
        if isinstance(status, Wait):
            return status
        found = await weighed(release, NAME, settings, status)
        results[target.name] = found.evidence["result"]
        reasons = tuple(f"{target.name}: {each}" for each in found.verdict.reasons)
        verdicts.append(Verdict(found.verdict.outcome, reasons))
    return Finding(worst(verdicts, when_none="no live target"), {"result": results})
