"""Ask what runs over HTTP: smoke, services, health just before, and user workflows afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.incidents import Incident
from windlass.spec.checks import HttpCheck
from windlass.tasks.exposing import never_used
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release


async def smoke(release: Release, task: PlannedTask) -> Finding:
    """The product's smoke checks on an environment that users do not see."""
    return await _ask_all(release, task, release.product.smoke)


async def services(release: Release, task: PlannedTask) -> Finding:
    """The services that the environment needs."""
    environment = release.product.environment(str(task.args["environment"]))
    return await _ask_all(release, task, environment.services)


async def health(release: Release, task: PlannedTask) -> Finding:
    """The target answers and nobody is fighting an incident, just before it is touched."""
    verdicts = [await _serves(release, str(task.args["target"]))]
    evidence: dict[str, Any] = {"health": {}}
    if task.args.get("url") and not await never_used(release, str(task.args["target"])):
        path = release.product.environment(str(task.args["environment"])).health
        found = await _ask_all(release, task, {"health": HttpCheck(path=path)})
        verdicts.append(found.verdict)
        evidence |= found.evidence
    if release.ports.has("incidents"):
        open_now = await release.ports.incidents.open_incidents(release.plan.product)
        evidence["open_incidents"] = [incident.id for incident in open_now]
        verdicts.append(_calm(release, open_now))
    return Finding(worst(verdicts, when_none="nothing was asked"), evidence)


async def _serves(release: Release, target: str) -> Verdict:
    """The target can be asked what it serves, and serves one version beside this release's own."""
    exposure = await release.ports.deployments.current(target)
    ours = release.view.version if target in release.view.touched else None
    others = [v for v, share in exposure.shares.items() if share > 0 and v != ours]
    if len(others) > 1:
        mixed = f"{target} serves {dict(exposure.shares)}: another rollout is not finished"
        return Verdict(Outcome.FAIL, (mixed,))
    return Verdict(Outcome.PASS, (f"{target} serves {exposure.stable or 'nothing yet'}",))


def _calm(release: Release, open_now: tuple[Incident, ...]) -> Verdict:
    """Nobody is fighting an incident, but for one that this release is to end.

    An emergency goes out because users suffer, whichever incident says so.
    """
    grave = [i for i in open_now if i.severity in ("critical", "high")]
    if not grave:
        return Verdict(Outcome.PASS, ("no critical or high incident is open",))
    mends_all = release.plan.release_type == "emergency"
    others = [i for i in grave if not mends_all and i.id != release.inputs.incident]
    outcome = Outcome.FAIL if others else Outcome.PASS
    return Verdict(
        outcome, tuple(f"{i.severity} incident {i.id} is open: {i.title}" for i in others or grave)
    )


async def validate(release: Release, task: PlannedTask) -> Finding:
    """User workflows on the live version: the product's synthetic checks and the region's own."""
    region = release.product.region(
        str(task.args["environment"]), str(task.args.get("region") or "")
    )
    checks = {**release.product.synthetic, **(region.synthetic if region else {})}
    return await _ask_all(release, task, checks)


async def ask(release: Release, url: str, check: HttpCheck) -> Verdict:
    """Make the request ``check.times`` times; every answer must be right."""
    where = release.ports.address(url)
    body = json.dumps(dict(check.body)) if check.body is not None else None
    slowest = 0.0
    for number in range(check.times):
        answer = await release.ports.probes.request(
            where, method=check.method, body=body, timeout=check.within.total_seconds()
        )
        slowest = max(slowest, answer.seconds)
        wrong = _wrong(release, check, answer.status, answer.body, answer.problem)
        if wrong:
            return Verdict(Outcome.FAIL, (f"{check.method} {url}: {wrong} (request {number + 1})",))
    return Verdict(Outcome.PASS, (f"{check.method} {url}: {check.expect}",), {"seconds": slowest})


def _wrong(release: Release, check: HttpCheck, status: int, body: str, problem: str) -> str:
    if status == 0:
        return problem or "no answer"
    if status != check.expect:
        return f"answered {status}, not {check.expect}"
    wanted = (check.contains or "").replace("{version}", release.view.version or "")
    if wanted and wanted not in body:
        return f"the answer does not hold {wanted!r}"
    return ""


async def _ask_all(release: Release, task: PlannedTask, checks: Mapping[str, HttpCheck]) -> Finding:
    base = str(task.args.get("url") or "")
    verdicts: dict[str, Verdict] = {}
    for name, check in checks.items():
        url = check.path if "://" in check.path else base.rstrip("/") + check.path
        verdicts[name] = await ask(release, url, check)
    verdict = worst(verdicts.values(), when_none=f"{task.id} has nothing to ask")
    evidence: dict[str, Any] = {
        name_of(task): {
            name: {"outcome": v.outcome.value, "figures": dict(v.figures)}
            for name, v in verdicts.items()
        }
    }
    return Finding(verdict, evidence)


def name_of(task: PlannedTask) -> str:
    """The evidence a probing task owes: ``checks``, ``services`` or ``health``."""
    return task.evidence[0] if task.evidence else "checks"
