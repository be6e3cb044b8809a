"""Open or closed at an instant, for a product, an environment and a region: see ``state_at``."""

from __future__ import annotations

from windlass.decisions.windows.calendar import (
    Calendar,
    Freeze,
    FreezeKind,
    Holiday,
    Override,
    Scope,
    ScopePattern,
)
from windlass.decisions.windows.local import LocalWindow
from windlass.decisions.windows.override import decide_override, in_force
from windlass.decisions.windows.parse import parse_clock, parse_weekdays, parse_windows
from windlass.decisions.windows.spans import Span
from windlass.decisions.windows.state import (
    Blocker,
    Purpose,
    Rules,
    WindowState,
    first_fitting,
    open_spans,
    state_at,
)
from windlass.decisions.windows.wallclock import instant_of, zone_named

__all__ = [
    "Blocker",
    "Calendar",
    "Freeze",
    "FreezeKind",
    "Holiday",
    "LocalWindow",
    "Override",
    "Purpose",
    "Rules",
    "Scope",
    "ScopePattern",
    "Span",
    "WindowState",
    "decide_override",
    "first_fitting",
    "in_force",
    "instant_of",
    "open_spans",
    "parse_clock",
    "parse_weekdays",
    "parse_windows",
    "state_at",
    "zone_named",
]
