"""``follow_up.monitor``: the released version is watched for the policy's days.

Only while it is live: a target that serves another version is no longer looked at. A regression
inside ``rollback_window`` rolls back; after it, it becomes an incident.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from windlass.decisions.judge.limits_release import ReleaseLimits
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.plan.schedules import watch_of
from windlass.spec.scalars import format_duration
from windlass.tasks.days import days_off, watched_after
from windlass.tasks.execution.arms import arms_of
from windlass.tasks.execution.intervals import Written
from windlass.tasks.execution.judging import judge_afterwards
from windlass.tasks.execution.looking import take_due_look
from windlass.tasks.execution.one_way import is_one_way
from windlass.tasks.execution.revert import subjects
from windlass.tasks.execution.scoring import Judgement
from windlass.tasks.execution.verdicts import figures_of, write_verdict
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import (
    released_at,
    replaced_on,
    watched_targets,
    watched_until,
)
from windlass.tasks.follow_up.going_back import go_back, under_way
from windlass.tasks.follow_up.opening_incidents import open_incident
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait
from windlass.tasks.teams import who_holds
from windlass.tasks.telling import tell


async def monitor(release: Release, task: PlannedTask) -> Result | Finding:
    """Look once at every target that still serves this version; done when the days are over."""
    until = _until(release, task)
    if release.dry_run:
        return Done({"watched": {}, "verdict": f"dry run: it would be watched until {until}"})
    reason = under_way(release, task)
    if reason is not None:
        return await go_back(release, task, reason)
    replaced = replaced_on(release)
    targets = [t.name for t in watched_targets(release) if t.name not in replaced]
    if not targets:
        return _replaced(release, task, replaced)
    for target in targets:
        await take_due_look(release, task, target)
    verdicts = {target: _judged(release, task, target) for target in targets}
    worse = {t: v for t, v in verdicts.items() if v is not None and v.decision == "rollback"}
    if worse:
        return await _regressed(release, task, worse)
    if release.now() >= until:
        return _over(release, task, verdicts, replaced)
    every, who = release.policy.follow_up.interval, await _watchers(release, task, until)
    text = f"watches {', '.join(targets)} until {until:%Y-%m-%d %H:%M} UTC{who}"
    return Wait(text, every.total_seconds(), until)


def _until(release: Release, task: PlannedTask) -> datetime:
    """When the policy's days are over; "run again" starts them anew."""
    if release.attempt(task) == 1:
        return watched_until(release)
    return watched_after(release, mark(release, task, "watched again"))


async def _watchers(release: Release, task: PlannedTask, until: datetime) -> str:
    """Who watches on the days off until ``until``, in words; they are told once."""
    role, start = release.policy.follow_up.watcher, released_at(release) or release.now()
    off = days_off(release, start, until)
    if role is None or not off or watch_of(release.policy.follow_up).working:
        return ""
    who = who_holds(release, role)
    days = ", ".join(f"{day:%a %F}" for day in off)
    text = f"{', '.join(who) or f'nobody ({role})'} on {days}"
    subject = f"{release.name} is watched on days nobody else works: {text}"
    await tell(release, task, "ask", subject, to=who, name="watcher")
    return f"; {text}"


def _looks(release: Release, task: PlannedTask, target: str) -> list[Written]:
    """This try's looks at ``target``: "run again" starts from none."""
    attempt = release.attempt(task)
    return [
        look
        for look in release.view.looks.get(task.id, [])
        if look["target"] == target and look.get("attempt", 1) == attempt
    ]


def _judged(release: Release, task: PlannedTask, target: str) -> Judgement | None:
    """What the judge says so far; None for a first release, which has nothing to compare with.

    Limits compare with bounds.
    """
    compares = release.policy.judge.method != "limits"
    if target not in release.view.before:
        return None
    if compares and arms_of(release, target).old is None:
        return None
    return judge_afterwards(release, _looks(release, task, target), target)


def _watched(release: Release, task: PlannedTask) -> dict[str, Any]:
    return {
        target.name: {"looks": len(_looks(release, task, target.name))}
        for target in watched_targets(release)
    }


def _replaced(release: Release, task: PlannedTask, replaced: dict[str, str]) -> Result:
    """Nothing serves this version any more: another release took over, or somebody went back."""
    versions = ", ".join(dict.fromkeys(replaced.values()))
    known = live(release).blocked
    blocked = next((known[what] for what in subjects(release) if what in known), None)
    if blocked is not None:
        release.record("exposure.closed", key="closed", reason=blocked)
        return Fail((f"rolled back to {versions}: {blocked}",))
    verdict = f"superseded by {versions}"
    return Done({"watched": _watched(release, task), "verdict": verdict, "replaced": replaced})


async def _regressed(
    release: Release, task: PlannedTask, worse: dict[str, Judgement]
) -> Result | Finding:
    reasons = [f"{target}: {each}" for target, v in worse.items() for each in v.reasons]
    _write_down(release, task, "rollback", Verdict(Outcome.FAIL, tuple(reasons)), worse)
    window = release.policy.rollback_window
    since = released_at(release) or release.now()
    stays = _stays(release, worse)
    if release.now() <= since + window and release.policy.auto_rollback and not stays:
        return await go_back(release, task, "; ".join(reasons))
    evidence: dict[str, Any] = {"watched": _watched(release, task), "verdict": "regressed"}
    if not release.ports.has("incidents"):
        late = f"{format_duration(window)} after the release people decide, not the monitor"
        return Finding(Verdict(Outcome.FAIL, (*reasons, stays or late)), evidence)
    incident = await open_incident(
        release,
        task,
        "regression",
        title=f"{release.name} does worse than before",
        text="\n".join([*reasons, stays] if stays else reasons),
        severity="high",
    )
    return Done({**evidence, "incident": incident["id"], "reasons": reasons})


def _stays(release: Release, worse: Iterable[str]) -> str:
    """Why the version cannot be taken back where it does worse; empty when it can."""
    names = [target for target in worse if is_one_way(release, target)]
    where = ", ".join(names)
    return f"{where}: there is no way back; only a fix helps" if names else ""


def _over(
    release: Release,
    task: PlannedTask,
    verdicts: dict[str, Judgement | None],
    replaced: dict[str, str],
) -> Finding:
    """The days are over. Missing data is no proof that all is well: it is red."""
    parts, known = [], {t: v for t, v in verdicts.items() if v is not None}
    for target, verdict in verdicts.items():
        if verdict is None:
            parts.append(Verdict(Outcome.PASS, (f"{target}: first release, nothing to compare",)))
            continue
        if isinstance(verdict, ReleaseLimits):
            parts.append(_placed(target, verdict.verdict(over=True)))
            continue
        lacks = verdict.outcome in (Outcome.NO_DATA, Outcome.ERROR)
        outcome = verdict.outcome if lacks else Outcome.PASS
        parts.append(_placed(target, Verdict(outcome, verdict.reasons)))
    found = worst(parts, when_none="nothing was watched")
    _write_down(release, task, "watched", found, known)
    word = "no regression" if found.passed else found.outcome.value
    evidence = {"watched": _watched(release, task), "verdict": word, "replaced": replaced}
    return Finding(found, evidence)


def _placed(target: str, verdict: Verdict) -> Verdict:
    return Verdict(verdict.outcome, tuple(f"{target}: {each}" for each in verdict.reasons))


def _write_down(
    release: Release,
    task: PlannedTask,
    move: str,
    found: Verdict,
    verdicts: dict[str, Judgement],
) -> None:
    write_verdict(
        release,
        task,
        decision="rollback" if move == "rollback" else "continue",
        outcome=found.outcome,
        move=move,
        reasons=found.reasons,
        figures={
            f"{target} {name}": figures
            for target, verdict in verdicts.items()
            for name, figures in figures_of(verdict).items()
        },
    )
