"""What happened in a release, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.board.words import named, shown
from windlass.ledger.event import Event
from windlass.plan.release_plan import ReleasePlan

#: Events on one page.
PER_PAGE = 40
#: Values of an event that its line says already, or that are too large for a list.
_LEFT_OUT = frozenset({"task", "plan", "spec", "question", "evidence", "reading", "document"})


@dataclass(frozen=True, slots=True)
class Line:
    """An event. ``title`` is that of its task, ``text`` its plain values."""

    seq: int
    at: datetime
    by: str
    type: str
    title: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Events newest first; ``older``: give it as ``before`` for the next page, None at the end."""

    lines: tuple[Line, ...]
    total: int
    newer: bool
    older: int | None


def history_of(events: Sequence[Event], plan: ReleasePlan, *, before: int | None) -> HistoryPage:
    """The :data:`PER_PAGE` events before event ``before``, or the newest."""
    titles = {task.id: task.title for task in plan.tasks}
    end = len(events) if before is None else max(0, min(before - 1, len(events)))
    start = max(0, end - PER_PAGE)
    return HistoryPage(
        lines=tuple(_line(event, titles) for event in reversed(events[start:end])),
        total=len(events),
        newer=end < len(events),
        older=events[start].seq if start else None,
    )


def _line(event: Event, titles: dict[str, str]) -> Line:
    task = str(event.data.get("task") or "")
    return Line(
        seq=event.seq,
        at=event.at,
        by=event.by,
        type=event.type,
        title=titles.get(task, task),
        text=", ".join(
            f"{named(name)} {_plain(value)}"
            for name, value in event.data.items()
            if name not in _LEFT_OUT and value not in (None, "", [], {})
        ),
        hash=event.hash[:12],
    )


def _plain(value: Any) -> str:
    text = " ".join(shown(value).split())
    return text if len(text) <= 110 else f"{text[:110]}…"
