"""``validation.readiness.backups``: what is lost can be had again, and people know how."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from windlass.decisions.readiness import fresh
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.spec.checks import HttpCheck
from windlass.tasks.execution.probing import ask
from windlass.tasks.finding import Finding
from windlass.tasks.marking import mark
from windlass.tasks.release import Release


async def backups(release: Release, task: PlannedTask) -> Finding:
    """Age and restore check of the newest backup per live target; runbook, RTO, RPO, drill."""
    evidence: dict[str, Any] = {"backups": {}}
    verdicts: list[Verdict] = []
    for target in release.plan.live_targets:
        verdicts += await _newest(release, task, target.name, evidence["backups"])
    verdicts += await _runbook(release, evidence)
    verdicts += _drill(release, evidence)
    return Finding(worst(verdicts, when_none="there is no live target to look at"), evidence)


async def _newest(
    release: Release, task: PlannedTask, target: str, found: dict[str, Any]
) -> list[Verdict]:
    backup = await release.ports.backups.newest(target)
    if backup is None:
        return [Verdict(Outcome.FAIL, (f"{target} has no backup",))]
    age = release.now() - backup.made_at
    found[target] = {
        "id": backup.id,
        "made_at": backup.made_at.isoformat(),
        "hours_old": round(age.total_seconds() / 3600, 1),
    }
    restored = await _restored(release, task, target, backup.id, found[target])
    policy = release.policy.backup
    limits = (policy.max_age, policy.recovery_point)
    what = f"{target}: backup {backup.id}"
    return [
        restored,
        *(fresh(what, backup.made_at, release.now(), limit) for limit in limits if limit),
    ]


async def _restored(
    release: Release, task: PlannedTask, target: str, backup: str, found: dict[str, Any]
) -> Verdict:
    """Restore it aside; how long that took is what a recovery takes at least."""
    began = mark(release, task, f"restore {target} {backup}")
    drift = await release.ports.backups.prove_restore(target, backup)
    if drift.drifted:
        found["restored"] = False
        text = f"{target}: backup {backup} cannot be restored: {drift.detail}"
        return Verdict(Outcome.FAIL, (text,))
    ended = mark(release, task, f"restored {target} {backup}")
    seconds = (ended - began).total_seconds()
    found.update(restored=True, restore_seconds=seconds)
    longest = release.policy.backup.recovery_time
    if longest is not None and seconds > longest.total_seconds():
        text = f"{target}: restoring took {seconds:.0f} s; the recovery time is {longest}"
        return Verdict(Outcome.FAIL, (text,))
    return Verdict(Outcome.PASS, (f"{target}: backup {backup} restored in {seconds:.0f} s",))


async def _runbook(release: Release, evidence: dict[str, Any]) -> list[Verdict]:
    """A link that answers, or a file of the project that says something."""
    runbook = release.policy.backup.runbook
    if runbook is None:
        return []
    evidence["runbook"] = runbook
    if runbook.startswith(("http://", "https://")):
        return [await ask(release, runbook, HttpCheck())]
    path = Path(release.product.root or ".") / runbook
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace").strip():
        return [Verdict(Outcome.PASS, (f"runbook {runbook}",))]
    return [Verdict(Outcome.FAIL, (f"the runbook {runbook} is missing or empty",))]


def _drill(release: Release, evidence: dict[str, Any]) -> list[Verdict]:
    policy = release.policy.backup
    if policy.drill is None:
        return []
    evidence["drill"] = policy.drill
    try:
        day = date.fromisoformat(policy.drill)
    except ValueError:
        text = f"backup.drill: {policy.drill!r} is not a date such as 2026-03-31"
        return [Verdict(Outcome.ERROR, (text,))]
    days = (release.now().date() - day).days
    if days > policy.drill_max_age.days:
        text = f"the last recovery drill was {days} days ago; {policy.drill_max_age} is the limit"
        return [Verdict(Outcome.FAIL, (text,))]
    return [Verdict(Outcome.PASS, (f"the last recovery drill was {days} days ago",))]
