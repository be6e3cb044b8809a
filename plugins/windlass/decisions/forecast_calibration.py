"""How good the forecasts of finish times were: predicted against actual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from windlass.decisions.verdict import Outcome, Verdict

#: Fewer finished releases than this say nothing about the forecasts.
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Predicted:
    """One milestone of one finished release: what was forecast, and when it really was."""

    milestone: str
    p50: datetime
    p90: datetime
    actual: datetime


def calibration(history: Sequence[Predicted], *, tolerance: float = 0.15) -> Verdict:
    """Whether about half finish by P50 and nine of ten by P90.

    Args:
        history: finished milestones.
        tolerance: how far the shares may be from 0.5 and 0.9.

    Returns:
        PASS, or FAIL with what is off; NO_DATA below ten milestones. ``figures``: ``count``,
        ``by_p50``, ``by_p90`` (shares), ``late_hours`` (median of actual minus P50).
    """
    if len(history) < ENOUGH:
        why = f"{len(history)} finished milestones; {ENOUGH} are needed to judge the forecasts"
        return Verdict(Outcome.NO_DATA, (why,), {"count": len(history)})
    by_p50 = sum(item.actual <= item.p50 for item in history) / len(history)
    by_p90 = sum(item.actual <= item.p90 for item in history) / len(history)
    late = median((item.actual - item.p50).total_seconds() / 3600 for item in history)
    figures = {
        "count": len(history),
        "by_p50": round(by_p50, 3),
        "by_p90": round(by_p90, 3),
        "late_hours": round(late, 2),
    }
    off = [
        f"{share:.0%} finished by {name}, {goal:.0%} should have"
        for name, share, goal in (("P50", by_p50, 0.5), ("P90", by_p90, 0.9))
        if abs(share - goal) > tolerance
    ]
    if off:
        return Verdict(Outcome.FAIL, tuple(off), figures)
    why = f"{by_p50:.0%} finished by P50 and {by_p90:.0%} by P90 of {len(history)} milestones"
    return Verdict(Outcome.PASS, (why,), figures)
