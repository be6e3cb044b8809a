"""Forecast a release's milestones when it is planned, and compare when it ends.

The model is that of ``windlass simulate``: this product's own durations, its people's hours, its
calendar. What is predicted here and what happened then is kept; that is how good forecasts are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from windlass.decisions.simulation import Forecast, simulate
from windlass.plan.forecasts import MET
from windlass.plan.simulating import milestone_tasks
from windlass.tasks.durations import PLAYS, SEED, model_now
from windlass.tasks.release import Release


def forecast(release: Release) -> dict[str, Any]:
    """Play the release from now on and write down when each milestone is reached; plain JSON."""
    found = _json(simulate(model_now(release, release.now()), PLAYS, SEED))
    day_0 = release.view.day_0
    release.record(
        "forecast.made",
        key=f"forecast#{day_0.isoformat() if day_0 else None}",
        milestones=found,
        plays=PLAYS,
    )
    return found


def write_down_what_came(release: Release) -> None:
    """Forecast and actual time of every milestone that was reached, once, when a release ends."""
    made = release.view.forecast
    if made is None or release.dry_run:
        return
    came = reached(release)
    pairs = [
        {"milestone": name, "p50": one["p50"], "p90": one["p90"], "actual": came[name].isoformat()}
        for name, one in made["milestones"].items()
        if name in came and one["p50"] and one["p90"]
    ]
    if pairs:
        release.record(MET, key="forecast-met", milestones=pairs)


def reached(release: Release) -> dict[str, datetime]:
    """Milestone → when its last task ended; left out where one of them did not end well."""
    found = {}
    for name, tasks in milestone_tasks(release.plan).items():
        records = [release.view.record(task) for task in tasks]
        times = [r.at for r in records if r is not None and r.outcome in ("done", "skipped")]
        if len(times) == len(tasks):
            found[name] = max(times)
    return found


def _json(found: Forecast) -> dict[str, Any]:
    return {
        one.name: {
            "p50": one.p50.isoformat() if one.p50 else None,
            "p90": one.p90.isoformat() if one.p90 else None,
            "never": one.never,
        }
        for one in found.milestones
    }
