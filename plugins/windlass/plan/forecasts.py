"""What was forecast for past releases, and what came of it, from what was written down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from windlass.decisions.forecast_calibration import Predicted
from windlass.plan.durations import Happened

#: Of each release: its milestones with forecast and actual time, written when it ends.
MET = "forecast.met"
#: Newer releases say more than older ones.
NEWEST = 400


def past_forecasts(events: Iterable[Happened]) -> tuple[Predicted, ...]:
    """Every milestone that was forecast and reached, the newest last.

    Args:
        events: in order of time; of one product, over all its releases; other types are passed by.
    """
    found = [
        Predicted(
            str(one["milestone"]),
            datetime.fromisoformat(one["p50"]),
            datetime.fromisoformat(one["p90"]),
            datetime.fromisoformat(one["actual"]),
        )
        for event in events
        if event.type == MET
        for one in event.data["milestones"]
    ]
    return tuple(found[-NEWEST:])
