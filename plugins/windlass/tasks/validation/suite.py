"""``validation.quality.<suite>``: one check of the package, run or made by hand, weighed."""

from __future__ import annotations

from typing import Any

from windlass.adapters.reports import read
from windlass.decisions.checks import weigh_exit_code
from windlass.decisions.verdict import Outcome, Verdict
from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.pipelines import RunState, RunStatus
from windlass.spec.checks import Suite
from windlass.tasks.acceptance import acceptance, place_of, rehearsing
from windlass.tasks.finding import Finding
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Result, Wait
from windlass.tasks.validation.by_hand import by_hand
from windlass.tasks.validation.weighing import weigh_report

#: How often an environment that is rolled back on trial is looked at again (seconds).
RECHECK = 10.0


async def suite(release: Release, task: PlannedTask) -> Result | Finding:
    """Run the suite at the candidate's commit against the acceptance environment; read its report.

    No report that proves something, no pass; without a report configured the exit code decides.
    """
    name = str(task.args["suite"])
    settings = release.policy.quality[name]
    if settings.manual is not None:
        return by_hand(release, task, name, settings)
    if settings.run is None:
        raise TerminalError(f"quality.{name} says neither run nor manual")
    away = rehearsing(release)
    if away is not None:
        return Wait(away, every=RECHECK)
    request = request_for(
        release,
        task,
        settings.run,
        ref=str((release.view.candidate or {})["sha"]),
        reports=(settings.report.path,) if settings.report else (),
        place=place_of(acceptance(release)),
    )
    status = await run_pipeline(release, task, name, request, longest=settings.timeout)
    if isinstance(status, Wait):
        return status
    return await weighed(release, name, settings, status)


async def weighed(release: Release, name: str, settings: Suite, status: RunStatus) -> Finding:
    """The finding of a run that is over: its report against ``settings``, or its exit code."""
    evidence: dict[str, Any] = {
        "suite": name,
        "result": {},
        "run": status.link or status.id,
        "exit_code": status.exit_code,
        "seconds": status.seconds,
    }
    if status.state is RunState.CANCELLED:
        text = f"{name} was cancelled; the longest run allowed is {settings.timeout}"
        return Finding(Verdict(Outcome.ERROR, (text,)), evidence)
    if settings.report is None:
        verdict = weigh_exit_code(status.exit_code)
        evidence["result"] = {"exit_code": status.exit_code}
        return Finding(_with_tail(verdict, status), evidence)
    path = settings.report.path
    content = await release.ports.pipelines.report(status.id, path)
    if content is None:
        text = f"{name} left no report {path} (it ended with {status.exit_code})"
        return Finding(_with_tail(Verdict(Outcome.NO_DATA, (text,)), status), evidence)
    try:
        report = read(settings.report.format, content, path)
    except TerminalError as problem:
        return Finding(Verdict(Outcome.NO_DATA, (str(problem),)), evidence)
    verdict, result = weigh_report(release, name, settings, report)
    evidence["result"] = result
    failed = int(result.get("failed", 0) or 0)
    return Finding(weigh_exit_code(status.exit_code, with_report=verdict, failed=failed), evidence)


def _with_tail(verdict: Verdict, status: RunStatus) -> Verdict:
    """What a run without a report said last helps whoever has to look at it."""
    tail = status.tail.strip()[-300:]
    if verdict.passed or not tail:
        return verdict
    return Verdict(verdict.outcome, (*verdict.reasons, tail), verdict.figures)
