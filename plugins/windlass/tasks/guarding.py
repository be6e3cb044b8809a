"""The watchdog's rules: what it does for a release that Airflow has left alone.

The release's own DAG is the fast path, never the only one. A run that is gone, finished, paused or
stale while users are exposed is settled from here, with the ledger and the connections alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import ReleasePlan
from windlass.tasks.follow_up.going_back import PATIENCE, going_back_since

#: How long a version that is to be taken back may stay although its run is alive: longer than the
#: release itself waits for its rollback's run.
GOING_BACK = 2 * PATIENCE

#: What Airflow says about a run, as far as it matters here.
GONE, FINISHED, PAUSED, ALIVE = "gone", "finished", "paused", "alive"


@dataclass(frozen=True, slots=True)
class Duty:
    """What the watchdog must do for a release, and why: settle, go back, end, or free its locks."""

    act: str
    why: str


def duty(
    view: ReleaseView,
    plan: ReleasePlan,
    *,
    run: str,
    claims: Collection[str],
    now: datetime,
    patience: timedelta,
) -> Duty | None:
    """What is owed to one release.

    Args:
        run: one of ``gone``, ``finished``, ``paused`` (or stale), ``alive``.
        claims: the targets it locks.
        patience: how long Airflow's own tasks are given first.

    A run that is alive is left to itself, with one exception: it was told to roll back, or decided
    to be taken back, longer ago than it may take, and some target is not right. A paused one is
    only settled where users are concerned: staging may wait.
    """
    if view.outcome is not None:
        return Duty("free", "it has ended, but still holds a lock") if claims else None
    since = going_back_since(view)
    if since is not None:
        late = now - since >= (GOING_BACK if run == ALIVE else patience)
        return Duty("go back", "it is to be taken back, and is not") if late else None
    unsettled = bool(view.touched) and view.record("execution.settle") is None
    if run == ALIVE:
        return _late_revert(view, now, patience) if unsettled else None
    quiet = view.seq > 0 and now - _last_sign(view) < patience
    if quiet:
        return None
    if run == PAUSED:
        unsettled = unsettled and any(plan.is_live(target) for target in view.touched)
        claims = [target for target in claims if plan.is_live(target)]
    if unsettled or claims:
        return Duty("settle", f"its run is {run} while it is exposed or holds a lock")
    if run in (GONE, FINISHED):
        return Duty("end", f"its run is {run} and nobody wrote down how it ended")
    return None


def _late_revert(view: ReleaseView, now: datetime, patience: timedelta) -> Duty | None:
    if view.closed_at is None or now - view.closed_at < patience:
        return None
    right = {*view.reverted, *view.forward}
    left = [target for target in view.touched if target not in right]
    return Duty("settle", f"{', '.join(left)} is not put right yet") if left else None


def _last_sign(view: ReleaseView) -> datetime:
    """When somebody last did something about the release."""
    times = [record.at for record in view.records.values()]
    times += [asked.at for asked in view.questions.values()]
    times += list(view.started.values())
    if view.closed_at is not None:
        times.append(view.closed_at)
    if view.opened_at is not None:
        times.append(view.opened_at)
    return max(times)
