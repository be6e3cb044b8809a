"""A few readings of a target's counters, taken one by one without holding anything in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.spec.judging import Metric
from windlass.tasks.execution.looking import take_look
from windlass.tasks.release import Release
from windlass.tasks.results import Wait


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading as it was written down. ``error`` says why there is none."""

    at: str
    counters: Mapping[str, Mapping[str, float]]
    histograms: Mapping[str, Mapping[str, Mapping[str, float]]]
    error: str = ""

    def total(self, version: str, metric: Metric) -> float | None:
        """Everything the metric has counted of ``version``; None when it reports nothing."""
        if metric.kind == "histogram":
            shown = self.histograms.get(version, {}).get(str(metric.histogram))
            return max(shown.values(), default=0.0) if shown is not None else None
        return self.counters.get(version, {}).get(str(metric.of or metric.series))


def stands_still(taken: list[Sample], version: str, metric: Metric) -> bool:
    """Whether a counter has not moved between the first and the last reading.

    One reading alone cannot tell. A plain series may stand still.
    """
    first, last = (sample.total(version, metric) for sample in (taken[0], taken[-1]))
    return metric.kind != "series" and len(taken) > 1 and first == last


async def samples(
    release: Release,
    task: PlannedTask,
    target: str,
    count: int,
    every: float,
    newest: timedelta | None = None,
) -> list[Sample] | Wait:
    """``count`` readings of ``target`` for this try of ``task``, ``every`` seconds apart.

    Takes one when it is due; a wait until there are enough. A dry run, which waits for nothing,
    takes one.

    Args:
        newest: one more is taken when the last is older: the process that took it may have died,
            and it took a while until another went on.
    """
    count = 1 if release.dry_run else count
    taken = taken_at(release, task, target)
    due = not taken or _due(release, taken[-1], every)
    old = newest is not None and taken and _due(release, taken[-1], newest.total_seconds())
    if (len(taken) < count and due) or old:
        await take_look(release, task, target)
        taken = taken_at(release, task, target)
    if len(taken) < count:
        return Wait(f"measures {target} ({len(taken)} of {count} readings)", every=every)
    return [_sample(look) for look in taken[-count:]]


def taken_at(release: Release, task: PlannedTask, target: str) -> list[Mapping[str, Any]]:
    """The looks of this try of ``task`` at ``target``, as they were written down."""
    attempt = release.attempt(task)
    return [
        look
        for look in release.view.looks.get(task.id, [])
        if look["target"] == target and look.get("attempt", 1) == attempt
    ]


def _due(release: Release, look: Mapping[str, Any], every: float) -> bool:
    return release.now() - datetime.fromisoformat(look["at"]) >= timedelta(seconds=every)


def _sample(look: Mapping[str, Any]) -> Sample:
    reading = look.get("reading")
    if reading is None:
        return Sample(look["at"], {}, {}, str(look.get("error") or "no reading"))
    return Sample(reading["at"], reading["counters"], reading["histograms"])
