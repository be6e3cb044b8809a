"""The calendar of one place, piece by piece: business hours, cut where something else closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windlass.decisions.windows.local import window_spans
from windlass.decisions.windows.spans import Span, within_both
from windlass.decisions.windows.state import WINDOW, Rules, blockers_at, closed_spans, open_spans


@dataclass(frozen=True, slots=True)
class Entry:
    """A stretch of business hours: open, or closed with the reason and whom to ask."""

    span: Span
    open: bool
    why: str
    who: str = ""


def agenda(rules: Rules, start: datetime, end: datetime) -> list[Entry]:
    """Every stretch of business hours in ``[start, end)``, ascending.

    Time outside business hours is not listed: it is closed, and that is its reason.
    """
    hours = window_spans(rules.hours(), start, end)
    found = [_closed(rules, span) for span in within_both(hours, closed_spans(rules, start, end))]
    found += [Entry(span, open=True, why="") for span in open_spans(rules, start, end)]
    return sorted(found, key=lambda entry: entry.span)


def _closed(rules: Rules, span: Span) -> Entry:
    blockers = [b for b in blockers_at(rules, span.start) if b.kind != WINDOW]
    owners = dict.fromkeys(blocker.owner for blocker in blockers if blocker.owner)
    why = "; ".join(blocker.text for blocker in blockers)
    return Entry(span, open=False, why=why, who=", ".join(owners))
