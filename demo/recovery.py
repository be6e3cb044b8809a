"""How fast users were back on the good version, read from the ledger.

Between the first bad request and traffic back on the good version lie two times of different kinds:
what the judge needed to be sure (more requests make it shorter), and what came after, which is
the machinery's alone: noticing, deciding, moving the traffic, seeing that it moved. The goal is for
the second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from windlass.ledger.views.event_like import EventLike
from windlass.tasks.release import Release

#: What is granted beside two polls.
ALLOWED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Recovery:
    """When it began, when the judge had seen enough, when users were back; and a poll's length.

    ``first_bad`` is the last look that had seen no bad request: the first one came after it.
    ``enough`` is the look before the one that decided: what the judge lacked came after it.
    """

    first_bad: datetime
    enough: datetime
    back: datetime
    poll: timedelta

    @property
    def judged(self) -> timedelta:
        """What the judge needed to be sure."""
        return self.enough - self.first_bad

    @property
    def recovered(self) -> timedelta:
        """From the first bad request to traffic back, with the judge's time taken out."""
        return self.back - self.enough

    @property
    def goal(self) -> timedelta:
        """Two polls and five seconds."""
        return 2 * self.poll + ALLOWED

    @property
    def holds(self) -> bool:
        """Whether it was fast enough."""
        return self.recovered <= self.goal


def recovery_of(release: Release) -> Recovery | None:
    """Of a release that its judge took back; None where it is still out, or nobody judged it."""
    live = {target.name for target in release.plan.live_targets}
    judge = release.policy.judge
    errors = tuple(metric.count for metric in judge.metrics.values() if metric.count)
    events = release.ledger.events(release.id)
    return measured(events, release.version, live=live, errors=errors, poll=judge.interval)


def measured(
    events: Iterable[EventLike],
    version: str,
    *,
    live: Collection[str],
    errors: Collection[str],
    poll: timedelta,
) -> Recovery | None:
    """The times of the release that ``events`` tell of; see :class:`Recovery`.

    Args:
        live: its targets that users meet.
        errors: the counters of what goes wrong.
    """
    exposed: datetime | None = None
    first_bad: datetime | None = None
    looks: list[datetime] = []
    backs: list[datetime] = []
    closed = False
    for event in events:
        if event.data.get("target") in live and event.type == "exposure.stepped":
            exposed = exposed or event.at
        elif _is_look(event, live) and exposed is not None and not closed:
            if first_bad is None and _bad(event.data, version, errors) > 0:
                first_bad = looks[-1] if looks else exposed
            looks.append(event.at)
        elif event.type == "exposure.closed":
            closed = True
        elif event.type == "revert.done" and event.data.get("target") in live:
            backs.append(event.at)
    if first_bad is None or not closed or not backs:
        return None
    enough = looks[-2] if len(looks) > 1 else first_bad
    return Recovery(first_bad, max(enough, first_bad), max(backs), poll)


def _is_look(event: EventLike, live: Collection[str]) -> bool:
    return event.type == "judge.look" and event.data.get("target") in live


def _bad(look: Mapping[str, Any], version: str, errors: Collection[str]) -> float:
    reading = look.get("reading") or {}
    counters = (reading.get("counters") or {}).get(version) or {}
    return sum(float(counters.get(name, 0.0)) for name in errors)


def told(recovery: Recovery) -> str:
    """A line for the screen."""
    word = "holds" if recovery.holds else "MISSED"
    return (
        f"from the first bad request to traffic back: the judge needed "
        f"{recovery.judged.total_seconds():.1f} s to be sure; the rest took "
        f"{recovery.recovered.total_seconds():.1f} s "
        f"(goal ≤ 2 polls + 5 s = {recovery.goal.total_seconds():.0f} s: {word})"
    )
