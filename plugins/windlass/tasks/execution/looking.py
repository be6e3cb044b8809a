"""From counters to what the judge is given: looks are taken, written down, and differenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.release import JudgePolicy, MetricLooks
from windlass.errors import RetryableError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.metrics import Reading
from windlass.spec.judging import Judge, Metric
from windlass.tasks.execution.arms import read_arms
from windlass.tasks.execution.intervals import Written, intervals
from windlass.tasks.release import Release


async def take_look(
    release: Release, task: PlannedTask, target: str, *, moving: bool = False
) -> None:
    """Read the target's counters once and write them down; not being able to is a look too.

    Args:
        moving: the traffic is just being moved there; the new version may have none yet.
    """
    with release.one_moment():
        data = _what_is_looked_at(release, task, target)
    if moving:
        data["moving"] = True
    try:
        data["reading"] = _reading_json(await read_arms(release, target))
    except RetryableError as problem:
        data["error"] = str(problem)
    release.record("judge.look", **data)


async def take_due_look(
    release: Release, task: PlannedTask, target: str, *, moving: bool = False
) -> None:
    """As :func:`take_look`, unless the same look was taken less than half an interval ago.

    A judge is also performed by the tasks behind it: however many ask, it looks once an interval.
    """
    with release.one_moment() as view:
        wanted = _what_is_looked_at(release, task, target)
    same = [
        look
        for look in view.looks.get(task.id, ())
        if all(look.get(name) == value for name, value in wanted.items())
    ]
    half = release.policy.judge.interval / 2
    if not same or release.now() - datetime.fromisoformat(same[-1]["at"]) >= half:
        await take_look(release, task, target, moving=moving)


def _what_is_looked_at(release: Release, task: PlannedTask, target: str) -> dict[str, Any]:
    return {
        "task": task.id,
        "target": target,
        "attempt": release.attempt(task),
        "percent": release.view.exposed.get(target, 0.0),
        **_audience(release, target),
    }


def _audience(release: Release, target: str) -> dict[str, str]:
    """Whom alone a flag is on for, where that is the step."""
    audience = release.view.audience.get(target)
    return {"audience": audience} if audience else {}


def metrics_of(
    release: Release,
    looks: Sequence[Written],
    *,
    new: str,
    old: str | None,
    history: Sequence[Written] = (),
    stages: int = 1,
    windows: tuple[int, ...] = (),
    judge: Judge | None = None,
) -> dict[str, MetricLooks]:
    """What :func:`judge_release` takes: per metric what came between each two looks.

    Args:
        new: the version that is judged.
        old: the version it is compared with.
        history: looks at the same target from before ``old`` ran there no more. What it did then
            is the baseline of looks that have none.
        stages: how many steps share the error budget.
        windows: the looks of each step, where its length is known.
        judge: whose metrics; None: those of the policy.
    """
    judge = judge or release.policy.judge
    return {
        name: MetricLooks(
            looks=intervals(looks, metric, new, old),
            history=intervals(history, metric, old, None) if old else (),
            policy=CountPolicy(
                refuse_ratio=judge.refuse_ratio,
                tolerance_ratio=judge.tolerate_ratio,
                dispersion=_dispersion(release, name, metric),
                direction=metric.direction,
                critical=metric.critical,
                stages=stages,
                windows=windows,
            ),
            quantile=metric.quantile if metric.kind == "histogram" else None,
            test=metric.test,
            group=metric.group,
            required=metric.must_have_data,
            muted=metric.muted or (bool(history) and _only_informs(judge, metric)),
        )
        for name, metric in judge.metrics.items()
    }


def _only_informs(judge: Judge, metric: Metric) -> bool:
    """Whether a metric without a baseline arm is reported only.

    A latency or a gauge of now against one of a while ago is a comparison of loads as much as of
    versions, so it decides alone only when the product calls it critical or names nothing else to
    judge by.
    """
    others = any(other.kind == "ratio" and not other.muted for other in judge.metrics.values())
    return metric.kind != "ratio" and not metric.critical and others


def judge_policy(release: Release, alpha: float) -> JudgePolicy:
    """The error budgets here."""
    return JudgePolicy(alpha=alpha, beta=release.policy.judge.beta)


def requests_of(looks: Sequence[Written], judge: Judge, new: str) -> float:
    """Requests that ``new`` has answered over these looks; the largest total of any metric."""
    totals = [
        sum(look.canary.requests for look in intervals(looks, metric, new, None) if look.canary)
        for metric in judge.metrics.values()
        if metric.kind == "ratio"
    ]
    return max(totals, default=0.0)


def _reading_json(reading: Reading) -> dict[str, Any]:
    return {
        "at": reading.at.isoformat(),
        "counters": {v: dict(c) for v, c in reading.counters.items()},
        "histograms": {
            version: {name: {str(b): n for b, n in h.buckets.items()} for name, h in found.items()}
            for version, found in reading.histograms.items()
        },
    }


def _dispersion(release: Release, name: str, metric: Metric) -> float:
    """What planning measured, or what is written for counts."""
    fixed = release.policy.judge.dispersion
    if fixed is not None and metric.kind != "series":
        return fixed
    record = release.view.record("planning.monitoring")
    measured = (record.evidence.get("dispersion") or {}) if record else {}
    return float(measured.get(name, 1.0))
