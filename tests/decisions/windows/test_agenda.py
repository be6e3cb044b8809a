"""Business hours, cut where something else closes them."""

from __future__ import annotations

from datetime import UTC, datetime

from windlass.decisions.windows import Calendar, Freeze, Rules, Scope, parse_windows
from windlass.decisions.windows.agenda import agenda


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_each_stretch_is_open_or_closed_with_its_reason_and_owner() -> None:
    freeze = Freeze("audit", at(6, 12), at(7, 12), reason="audit", owner="mia")
    rules = Rules(Calendar((freeze,)), Scope("p"), parse_windows("mon-thu 10:00-16:00", "UTC"))
    found = agenda(rules, at(6, 0), at(8, 0))
    assert [(e.span.start, e.span.end, e.open, e.who) for e in found] == [
        (at(6, 10), at(6, 12), True, ""),
        (at(6, 12), at(6, 16), False, "mia"),
        (at(7, 10), at(7, 12), False, "mia"),
        (at(7, 12), at(7, 16), True, ""),
    ]
    assert found[1].why == "freeze audit (audit) until 2026-01-07 12:00 UTC"
