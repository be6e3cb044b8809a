"""Alert rules and routes: each is proven by a request or a command."""

from __future__ import annotations

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.ports.pipelines import RunState
from windlass.tasks.execution.probing import ask
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Wait


async def alerts(release: Release, task: PlannedTask) -> dict[str, Verdict] | Wait:
    """Each alert of the product with whether it answers; a wait while a command still runs."""
    found: dict[str, Verdict] = {}
    waits: list[Wait] = []
    for name, alert in release.product.alerts.items():
        if alert.check is not None:
            found[name] = await ask(release, _url(release, alert.check.path), alert.check)
        elif alert.run is not None:
            answer = await _command(release, task, name, alert.run)
            if isinstance(answer, Wait):
                waits.append(answer)
            else:
                found[name] = answer
        else:
            found[name] = Verdict(Outcome.FAIL, (f"alert {name} says neither check nor run",))
    return waits[0] if waits else found


async def _command(
    release: Release, task: PlannedTask, name: str, command: tuple[str, ...]
) -> Verdict | Wait:
    run = f"alert-{name}"
    request = request_for(release, task, command, ref=None, name=run)
    status = await run_pipeline(release, task, run, request)
    if isinstance(status, Wait):
        return status
    if status.state is RunState.PASSED:
        return Verdict(Outcome.PASS, (f"alert {name} answers",))
    return Verdict(Outcome.FAIL, (f"alert {name} does not answer: {status.tail[-200:].strip()}",))


def _url(release: Release, path: str) -> str:
    """A whole URL, or a path below the first live place that has one."""
    if "://" in path:
        return path
    base = next((t.url for t in release.plan.live_targets if t.url), "")
    return base.rstrip("/") + path
