"""What came between two looks at cumulative counters, as the judge takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from windlass.decisions.judge import ArmCounts, HistogramLook, Look, SeriesLook
from windlass.spec.judging import Metric

#: One written look, as the view gives it.
Written = Mapping[str, Any]
AnyLook = Look | HistogramLook | SeriesLook
_KINDS: Mapping[str, type[AnyLook]] = {
    "ratio": Look,
    "histogram": HistogramLook,
    "series": SeriesLook,
}


def intervals(
    looks: Sequence[Written], metric: Metric, new: str | None, old: str | None
) -> tuple[Any, ...]:
    """What came between each look and the one before it by the same task.

    Looks of two tasks may lie days apart: nothing is concluded from what came between those. A
    look's stage is the percent that was exposed, or the audience that alone has a flag. Between
    two looks at 100 % there is no baseline: a router may still show the old version's counters,
    which stand still. A version that reports nothing while the traffic is only being moved to it
    has not been silent.
    """
    found = []
    before: Written | None = None
    for look in looks:
        if look.get("error"):
            found.append(_failed(metric, look))
            continue
        if before is not None and before["task"] == look["task"]:
            alone = before["percent"] == look["percent"] == 100.0
            interval = _interval(before, look, metric, new, None if alone else old)
            if interval.canary is not None or not look.get("moving"):
                found.append(interval)
        before = look
    return tuple(found)


def _failed(metric: Metric, look: Written) -> AnyLook:
    at = datetime.fromisoformat(look["at"]).timestamp()
    return _KINDS[metric.kind](at=at, error=str(look["error"]), stage=_stage(look))


def _stage(look: Written) -> float | str:
    """The step: a percent, or the audience that alone has a flag."""
    return str(look["audience"]) if look.get("audience") else float(look["percent"])


def _interval(
    before: Written, look: Written, metric: Metric, new: str | None, old: str | None
) -> AnyLook:
    then, now, stage = before["reading"], look["reading"], _stage(look)
    at = datetime.fromisoformat(now["at"]).timestamp()
    if metric.kind == "series":
        return SeriesLook(_value(now, metric, old), _value(now, metric, new), at, stage=stage)
    if metric.kind == "histogram":
        name = str(metric.histogram)
        baseline = _buckets(then, now, name, old)
        observed = baseline if baseline and any(baseline.values()) else None
        return HistogramLook(observed, _buckets(then, now, name, new), at, stage=stage)
    counts = _counts(then, now, metric, old)
    seen = counts if counts is not None and counts.requests > 0 else None
    return Look(seen, _counts(then, now, metric, new), at, stage=stage)


def _value(now: Written, metric: Metric, version: str | None) -> float | None:
    """What a plain series showed of ``version``; None when it reported nothing."""
    value = now["counters"].get(version, {}).get(metric.series)
    return None if value is None else float(value)


def _counts(then: Written, now: Written, metric: Metric, version: str | None) -> ArmCounts | None:
    """Counts of ``version`` between two readings; None when it reported nothing.

    A counter that fell was reset: what it shows is what came since. A version without a total
    reported nothing; one without a count of bad events has had none.
    """
    shown = now["counters"].get(version)
    if shown is None or metric.of not in shown:
        return None
    earlier = then["counters"].get(version, {})
    return ArmCounts(
        requests=_increase(earlier.get(metric.of, 0.0), shown[metric.of]),
        errors=_increase(earlier.get(metric.count, 0.0), shown.get(metric.count, 0.0)),
    )


def _buckets(
    then: Written, now: Written, name: str, version: str | None
) -> dict[float, float] | None:
    """Observations at or below each bound that came between two readings."""
    shown = now["histograms"].get(version, {}).get(name)
    if shown is None:
        return None
    earlier = then["histograms"].get(version, {}).get(name, {})
    return {float(bound): _increase(earlier.get(bound, 0.0), n) for bound, n in shown.items()}


def _increase(before: float, now: float) -> float:
    return now - before if now >= before else now
