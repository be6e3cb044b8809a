"""``follow_up.benchmarks``: what was measured in production, against the last release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.plan.release_plan import PlannedTask
from windlass.ports.metrics import Reading
from windlass.spec.judging import Metric
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.after_production import wanted_targets
from windlass.tasks.follow_up.earlier import last_evidence
from windlass.tasks.release import Release


async def benchmarks(release: Release, task: PlannedTask) -> Finding:
    """Measure every figure over all live targets; red when one got worse by ``refuse_ratio``."""
    wanted = release.policy.follow_up.benchmarks
    counters = [n for m in wanted.values() for n in (m.count, m.of, m.series) if n]
    histograms = [m.histogram for m in wanted.values() if m.histogram]
    readings = [
        await release.ports.metrics.read(
            target.name, tuple(dict.fromkeys(counters)), tuple(dict.fromkeys(histograms))
        )
        for target in wanted_targets(release)
    ]
    before = last_evidence(release, task.id).get("figures") or {}
    figures: dict[str, Any] = {}
    verdicts = []
    for name, metric in wanted.items():
        measured = figure(metric, readings, release.version)
        last = (before.get(name) or {}).get("measured")
        figures[name] = {"measured": measured, "last": last, "kind": metric.kind}
        verdicts.append(_verdict(release, name, metric, measured, last))
    return Finding(worst(verdicts, when_none="no figure is wanted"), {"figures": figures})


def figure(metric: Metric, readings: Sequence[Reading], version: str) -> float | None:
    """The metric's value over all ``readings``: a share, a quantile's upper bound, or a mean.

    None when no reading has data of ``version``.
    """
    if metric.kind == "histogram":
        return _quantile(metric, readings, version)
    shown = [found for r in readings if (found := r.counters.get(version)) is not None]
    if metric.kind == "series":
        values = [found[str(metric.series)] for found in shown if str(metric.series) in found]
        return sum(values) / len(values) if values else None
    total = sum(found.get(str(metric.of), 0.0) for found in shown)
    return sum(found.get(str(metric.count), 0.0) for found in shown) / total if total else None


def _quantile(metric: Metric, readings: Sequence[Reading], version: str) -> float | None:
    """The smallest bound that at least ``quantile`` of all observations are at or below.

    Histograms with the same bounds are added; one with others is left out.
    """
    buckets: dict[float, float] = {}
    for reading in readings:
        shown = reading.histograms.get(version, {}).get(str(metric.histogram))
        if shown is not None and (not buckets or set(shown.buckets) == set(buckets)):
            for bound, count in shown.buckets.items():
                buckets[bound] = buckets.get(bound, 0.0) + count
    every = max(buckets.values(), default=0.0)
    if not every:
        return None
    finite = [bound for bound in sorted(buckets) if bound != float("inf")]
    for bound in finite:
        if buckets[bound] >= metric.quantile * every:
            return bound
    return finite[-1] if finite else None


def _verdict(
    release: Release, name: str, metric: Metric, measured: float | None, last: float | None
) -> Verdict:
    if measured is None:
        return Verdict(Outcome.NO_DATA, (f"{name} has no data of {release.version}",))
    if last is None:
        return Verdict(Outcome.PASS, (f"{name}: {measured:.4g}; nothing earlier to compare with",))
    times = _worse(metric, measured, last)
    text = f"{name}: {measured:.4g}, the last release {last:.4g}"
    if times >= release.policy.judge.refuse_ratio:
        return Verdict(Outcome.FAIL, (f"{text}: {times:.1f} times worse",))
    if times > max(release.policy.judge.tolerate_ratio, 1.0):
        return Verdict(Outcome.MARGINAL, (f"{text}: {times:.2f} times worse, tolerated",))
    return Verdict(Outcome.PASS, (f"{text}: no worse",))


def _worse(metric: Metric, measured: float, last: float) -> float:
    """How many times worse than before, as the metric's direction has it; at least 0."""
    up = measured / last if last else (1.0 if not measured else float("inf"))
    down = last / measured if measured else (1.0 if not last else float("inf"))
    ways: Mapping[str, float] = {"increase": up, "decrease": down, "either": max(up, down)}
    return ways[metric.direction]
