"""How long production is left alone after rollbacks, so that releases do not flap."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

LONGEST = timedelta(days=1)


def calm_until(rollbacks: Collection[datetime], calm: timedelta) -> datetime | None:
    """Until when nothing ordinary may begin; None where nothing was rolled back.

    Args:
        rollbacks: when, within the last day.
        calm: after one; twice as long after each further one, a day at most.

    >>> noon, hour = datetime(2026, 3, 2, 12), timedelta(hours=1)
    >>> calm_until([noon], hour).hour, calm_until([noon, noon + hour], hour).hour
    (13, 15)
    """
    if not rollbacks or not calm:
        return None
    doublings = min(len(rollbacks) - 1, 10)
    return max(rollbacks) + min(calm * (1 << doublings), LONGEST)
