"""The pictures of a report as plain numbers: exposure over time, error rates, phases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import Form, ReleasePlan

#: Points a line has at most: more than a page can show.
MOST_POINTS = 240
#: Error-rate pictures at most; the verdicts of all are in the table.
MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Exposure:
    """Percent of one target's traffic on the new version; each value holds until the next."""

    target: str
    points: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """The looks of one judge at one target, while the new version had ``percent``.

    Each point: when, bad events per event so far of the old version and of the new one; None
    where a version answered nothing, as at the first look, from which it is counted.
    """

    percent: float
    points: tuple[tuple[datetime, float | None, float | None], ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """A metric of one target, judge after judge."""

    target: str
    metric: str
    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """From the first task of a phase that started to the last that ended."""

    name: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Charts:
    """All of them. ``marks``: planned milestones and Day 0."""

    exposure: tuple[Exposure, ...]
    rates: tuple[Rates, ...]
    phases: tuple[Phase, ...]
    marks: tuple[tuple[str, datetime], ...]
    left_out: int = 0


def charts_of(
    events: Sequence[EventLike],
    view: ReleaseView,
    plan: ReleasePlan,
    policy: Mapping[str, Any],
    *,
    now: datetime,
) -> Charts:
    """The pictures; ``policy`` is the frozen one, plain JSON; ``now`` ends what still goes on."""
    rates = _rates(view, plan, policy["judge"]["metrics"])
    marks = [(name, at) for name, at in view.milestones.items()]
    if view.day_0 and "day_0" not in view.milestones:
        marks.append(("Day 0", view.day_0))
    return Charts(
        exposure=_exposure(events, plan, now),
        rates=tuple(rates[:MOST_PICTURES]),
        phases=_phases(events, plan),
        marks=tuple(marks),
        left_out=max(0, len(rates) - MOST_PICTURES),
    )


def _exposure(
    events: Iterable[EventLike], plan: ReleasePlan, now: datetime
) -> tuple[Exposure, ...]:
    live = [target.name for target in (*plan.live_targets, *plan.ramps)]
    found: dict[str, list[tuple[datetime, float]]] = {}
    last: datetime | None = None
    for event in events:
        target = str(event.data.get("target", ""))
        share = _share_after(event)
        if target not in live or share is None:
            continue
        found.setdefault(target, []).append((event.at, share))
        last = event.at
    if last is None:
        return ()
    first = min(points[0][0] for points in found.values())
    pad = max((last - first) / 12, timedelta(seconds=1))
    end = min(last + pad, now) if now > last else last + pad
    return tuple(
        Exposure(target, ((first - pad, 0.0), *points, (end, points[-1][1])))
        for target in live
        if (points := found.get(target))
    )


def _share_after(event: EventLike) -> float | None:
    """Percent of the target's traffic on the new version after ``event``; None: no change."""
    match event.type:
        case "exposure.stepped":
            return float(event.data["percent"])
        case "revert.done":
            return float(event.data.get("left") or 0.0)
        case "forward.done":
            return 100.0
    return None


def _rates(
    view: ReleaseView, plan: ReleasePlan, metrics: Mapping[str, Mapping[str, Any]]
) -> list[Rates]:
    ratios = {name: metric for name, metric in metrics.items() if metric.get("count")}
    if view.version is None:
        return []
    judges = {task.id for task in plan.tasks if task.form in (Form.JUDGE, Form.MONITOR)}
    judges -= {task.id for task in plan.rows("execution.watch")}
    found = []
    for target in plan.live_targets:
        old = (view.before.get(target.name) or {}).get("stable")
        for name, metric in ratios.items():
            watches = _watches(view, judges, target.name, metric, old)
            if watches:
                found.append(Rates(target.name, name, watches))
    return found


def _watches(
    view: ReleaseView,
    judges: Collection[str],
    target: str,
    metric: Mapping[str, Any],
    old: str | None,
) -> tuple[Watch, ...]:
    """The looks of each judge. Those of ``execution.watch`` lie beside them, over many steps."""
    found = []
    for task, looks in view.looks.items():
        if task not in judges:
            continue
        mine = [look for look in looks if look["target"] == target and look.get("reading")]
        if len(mine) < 2 or not mine[-1]["percent"]:
            continue
        first = mine[0]["reading"]["counters"]
        points = [
            (
                datetime.fromisoformat(look["at"]),
                _share(first, look["reading"]["counters"], metric, old),
                _share(first, look["reading"]["counters"], metric, view.version),
            )
            for look in mine
        ]
        found.append(Watch(float(mine[-1]["percent"]), _thinned(points)))
    return tuple(sorted(found, key=lambda watch: watch.points[0][0]))


def _share(
    first: Mapping[str, Any], now: Mapping[str, Any], metric: Mapping[str, Any], version: str | None
) -> float | None:
    """Bad events per event of ``version`` between two readings; None without new events."""
    shown, before = now.get(version or "") or {}, first.get(version or "") or {}
    every = _increase(before.get(metric["of"], 0.0), shown.get(metric["of"], 0.0))
    bad = _increase(before.get(metric["count"], 0.0), shown.get(metric["count"], 0.0))
    return bad / every if every > 0 else None


def _increase(before: float, now: float) -> float:
    """A counter that fell was reset: what it shows is what came since."""
    return now - before if now >= before else now


def _thinned(points: Sequence[Any]) -> tuple[Any, ...]:
    """At most :data:`MOST_POINTS` of them, evenly, the last one among them."""
    every = -(-len(points) // MOST_POINTS)
    kept = list(points[::every])
    return tuple(kept if kept[-1] is points[-1] else [*kept, points[-1]])


def _phases(events: Iterable[EventLike], plan: ReleasePlan) -> tuple[Phase, ...]:
    phase_of = {task.id: task.phase for task in plan.tasks}
    spans: dict[str, list[datetime]] = {}
    for event in events:
        if event.type in ("task.started", "task.finished"):
            phase = phase_of.get(str(event.data.get("task")))
            if phase is not None:
                spans.setdefault(phase, []).append(event.at)
    order = ("planning", "validation", "execution", "follow_up")
    return tuple(Phase(name, min(spans[name]), max(spans[name])) for name in order if name in spans)
