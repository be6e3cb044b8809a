"""From counters to what the judge is given: looks are taken, written down, and differenced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from windlass.decisions.judge.counts import ArmCounts, CountPolicy, Look
from windlass.decisions.judge.latency import HistogramLook
from windlass.decisions.judge.release import JudgePolicy, MetricLooks
from windlass.errors import RetryableError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.metrics import Reading
from windlass.spec.judging import Judge, Metric
from windlass.tasks.release import Release

#: One written look, as the view gives it.
Written = Mapping[str, Any]


async def take_look(release: Release, task: PlannedTask, target: str) -> None:
    """Read the target's counters once and write them down; not being able to is a look too."""
    judge = release.policy.judge
    data: dict[str, Any] = {
        "task": task.id,
        "target": target,
        "attempt": release.attempt(task),
        "percent": release.view.exposed.get(target, 0.0),
    }
    try:
        reading = await release.ports.metrics.read(target, _counters(judge), _histograms(judge))
        data["reading"] = _reading_json(reading)
    except RetryableError as problem:
        data["error"] = str(problem)
    release.record("judge.look", **data)


def metrics_of(
    release: Release,
    looks: Sequence[Written],
    *,
    new: str,
    old: str | None,
    history: Sequence[Written] = (),
) -> dict[str, MetricLooks]:
    """What :func:`judge_release` takes: per metric the counts of each interval between two looks.

    Args:
        new: the version that is judged.
        old: the version it is compared with.
        history: looks at the same target from before. When there are any, ``old`` runs there no
            more (a router may still show its counters, which stand still): what it did then is
            the baseline.
    """
    judge = release.policy.judge
    return {
        name: MetricLooks(
            looks=_differences(looks, metric, new, None if history else old),
            history=_differences(history, metric, old, None) if old else (),
            policy=CountPolicy(
                refuse_ratio=judge.refuse_ratio,
                tolerance_ratio=judge.tolerate_ratio,
                dispersion=_dispersion(release, name),
                direction=metric.direction,
                critical=metric.critical,
            ),
            quantile=metric.quantile if metric.kind == "histogram" else None,
            group=metric.group,
            required=metric.must_have_data,
            muted=bool(history) and _only_informs(judge, metric),
        )
        for name, metric in judge.metrics.items()
        if metric.kind != "series"
    }


def _only_informs(judge: Judge, metric: Metric) -> bool:
    """Whether a metric without a baseline arm is reported only.

    A latency of now against one of a while ago is a comparison of loads as much as of versions, so
    it decides alone only when the product calls it critical or names nothing else to judge by.
    """
    others = any(other.kind == "ratio" for other in judge.metrics.values())
    return metric.kind == "histogram" and not metric.critical and others


def judge_policy(release: Release) -> JudgePolicy:
    """The product's error budgets, and what happens when time is up."""
    judge = release.policy.judge
    return JudgePolicy(
        alpha=judge.alpha,
        beta=judge.beta,
        undecided=judge.deadline,
        require_go=judge.require_go,
        must_detect=judge.detectable,
    )


def requests_of(looks: Sequence[Written], judge: Judge, new: str) -> float:
    """Requests that ``new`` has answered over these looks; the largest total of any metric."""
    totals = [
        sum(look.canary.requests for look in _differences(looks, metric, new, None) if look.canary)
        for metric in judge.metrics.values()
        if metric.kind == "ratio"
    ]
    return max(totals, default=0.0)


def _counters(judge: Judge) -> tuple[str, ...]:
    names = [n for m in judge.metrics.values() for n in (m.count, m.of, m.series) if n is not None]
    return tuple(dict.fromkeys(names))


def _histograms(judge: Judge) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(m.histogram for m in judge.metrics.values() if m.histogram is not None)
    )


def _reading_json(reading: Reading) -> dict[str, Any]:
    return {
        "at": reading.at.isoformat(),
        "counters": {v: dict(c) for v, c in reading.counters.items()},
        "histograms": {
            version: {name: {str(b): n for b, n in h.buckets.items()} for name, h in found.items()}
            for version, found in reading.histograms.items()
        },
    }


def _dispersion(release: Release, metric: str) -> float:
    fixed = release.policy.judge.dispersion
    if fixed is not None:
        return fixed
    record = release.view.record("planning.monitoring")
    measured = (record.evidence.get("dispersion") or {}) if record else {}
    return float(measured.get(metric, 1.0))


def _differences(
    looks: Sequence[Written], metric: Metric, new: str | None, old: str | None
) -> tuple[Any, ...]:
    """What came between each look and the one before it by the same task.

    Looks of two tasks may lie days apart: nothing is concluded from what came between those.
    """
    found = []
    before: Written | None = None
    for look in looks:
        if look.get("error"):
            found.append(_empty(metric, str(look["error"]), look))
            continue
        if before is not None and before["task"] == look["task"]:
            found.append(_difference(before["reading"], look["reading"], metric, new, old))
        before = look
    return tuple(found)


def _empty(metric: Metric, error: str, look: Written) -> Look | HistogramLook:
    at = datetime.fromisoformat(look["at"]).timestamp()
    kind = HistogramLook if metric.kind == "histogram" else Look
    return kind(at=at, error=error)


def _difference(
    before: Written, now: Written, metric: Metric, new: str | None, old: str | None
) -> Look | HistogramLook:
    at = datetime.fromisoformat(now["at"]).timestamp()
    if metric.kind == "histogram":
        return HistogramLook(
            baseline=_observed(_buckets(before, now, str(metric.histogram), old)),
            canary=_buckets(before, now, str(metric.histogram), new),
            at=at,
        )
    baseline = _counts(before, now, metric, old)
    return Look(
        baseline=baseline if baseline is not None and baseline.requests > 0 else None,
        canary=_counts(before, now, metric, new),
        at=at,
    )


def _observed(buckets: dict[float, float] | None) -> dict[float, float] | None:
    """None when nothing came: counters of a version that no longer runs may stay for a while."""
    return buckets if buckets and any(buckets.values()) else None


def _counts(before: Written, now: Written, metric: Metric, version: str | None) -> ArmCounts | None:
    """Counts of ``version`` between two readings; None when it reported nothing.

    A counter that fell was reset: what it shows is what came since. A version without a total
    reported nothing; one without a count of bad events has had none.
    """
    shown = now["counters"].get(version)
    if shown is None or metric.of not in shown:
        return None
    earlier = before["counters"].get(version, {})
    return ArmCounts(
        requests=_increase(earlier.get(metric.of, 0.0), shown[metric.of]),
        errors=_increase(earlier.get(metric.count, 0.0), shown.get(metric.count, 0.0)),
    )


def _buckets(
    before: Written, now: Written, name: str, version: str | None
) -> dict[float, float] | None:
    """Observations at or below each bound that came between two readings."""
    shown = now["histograms"].get(version, {}).get(name)
    if shown is None:
        return None
    earlier = before["histograms"].get(version, {}).get(name, {})
    return {float(bound): _increase(earlier.get(bound, 0.0), n) for bound, n in shown.items()}


def _increase(before: float, now: float) -> float:
    return now - before if now >= before else now
