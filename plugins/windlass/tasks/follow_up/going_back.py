"""Roll back a released version: by a run of ``<product>.rollback``, else here and now.

What became of the start of the run is found out, not guessed: it may be under way though nobody
answered. Nobody takes the run's word either: until the version is out of every target this process
stays responsible. Where Airflow refuses, or cannot be asked for :data:`PATIENCE`, or the run does
nothing for as long (its DAG may be paused), this process goes back itself. The locks keep the two
apart, and whoever comes second finds that there is nothing left to do.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from windlass.errors import EffectBusy, LedgerError, RetryableError, TerminalError
from windlass.ledger.event import Entry
from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import PlannedTask, flag_of, place_of
from windlass.tasks.claiming import claim_name
from windlass.tasks.execution.revert import put_back, subjects
from windlass.tasks.exposing import claim, live
from windlass.tasks.follow_up.after_production import (
    MONITOR,
    replaced_on,
    wanted_targets,
    watched_targets,
)
from windlass.tasks.marking import mark, marked
from windlass.tasks.ramping import OFF, promoted
from windlass.tasks.release import Release, ships_flags
from windlass.tasks.results import Fail, Wait
from windlass.tasks.starting import Starter, start_once

#: How long Airflow may leave open whether the run exists, and how long the run may do nothing:
#: users have the bad version meanwhile. Longer than a dead process's call may still land.
PATIENCE = timedelta(minutes=2)
#: Seconds until Airflow is asked again, or the run looked at.
POLL = 5.0

_DECIDED, _HERE, _CLAIMED = "goes back", "goes back here", "goes back: claimed"
_STARTED = "goes back: started"


def under_way(release: Release, task: PlannedTask) -> str | None:
    """Why this try goes back already, where it is not through; no later look changes that."""
    reason = marked(release, task, _DECIDED).get("reason")
    ours = bool(marked(release, task, _CLAIMED)) or _taken_out(release, task)
    return str(reason) if reason is not None and (ours or _serving(release)) else None


def going_back_since(view: ReleaseView) -> datetime | None:
    """Since when the version is to be taken back and is not; None where it is not to be, or is."""
    if view.closed or view.record(MONITOR) is not None:
        return None
    decided = view.marks.get((MONITOR, 1 + view.again.get(MONITOR, 0), _DECIDED))
    return datetime.fromisoformat(str(decided["at"])) if decided else None


async def go_back(release: Release, task: PlannedTask, reason: str) -> Fail | Wait:
    """Ask for the rollback and see that it comes about; else do it in this process.

    Raises:
        ClaimHeld: another release is at work on a target; try again.
        EffectBusy: another try may be in the middle of the start; try again.
    """
    since = mark(release, task, _DECIDED, reason=reason)
    starter = None if ships_flags(release) else release.starter  # off is one call away
    if starter is not None and not marked(release, task, _HERE):
        try:
            return await _by_run(release, task, starter, reason)
        except (EffectBusy, LedgerError):
            raise
        except RetryableError as problem:
            if release.now() < since + PATIENCE:
                return Wait(f"whether the rollback runs is not known: {problem}", every=POLL)
            _give_up(release, task, problem)
        except TerminalError as problem:
            _give_up(release, task, problem)
    await _here(release, task, reason)
    return Fail((f"rolled back: {reason}",))


async def _by_run(
    release: Release, task: PlannedTask, starter: Starter, reason: str
) -> Fail | Wait:
    """Start the run, and wait until it has taken the version out everywhere.

    Raises:
        TerminalError: it will not, as far as anybody can see.
    """
    run = await start_once(
        release,
        task,
        starter,
        dag_id=_dag_id(release),
        what="rollback",
        conf=_conf(release, reason),
    )
    since = mark(release, task, _STARTED, run=run)
    if not _serving(release):
        release.record("exposure.closed", key="closed", reason=reason, rollback=run)
        return Fail((f"rolled back ({run}): {reason}",))
    events = release.ledger.events(run)
    ended = [event.data["outcome"] for event in events if event.type == "release.ended"]
    if ended:
        raise TerminalError(f"{run} ended: {ended[0]}")
    last = events[-1] if events else None
    if release.now() >= max(since, last.at if last else since) + PATIENCE:
        raise TerminalError(f"{run} does not move: its DAG may be paused")
    return Wait(f"{run} goes back", every=POLL, also={run: last.seq if last else 0})


def _taken_out(release: Release, task: PlannedTask) -> bool:
    """Whether the run that was started has done it, and this process has yet to say so."""
    started = bool(marked(release, task, _STARTED)) and release.view.closed is None
    return started and release.version in live(release).blocked


def _give_up(release: Release, task: PlannedTask, problem: Exception) -> None:
    note = f"{_dag_id(release)} does not do it; rolls back here: {problem}"
    mark(release, task, _HERE, note=note)


def _dag_id(release: Release) -> str:
    return f"{release.plan.product}.rollback"


def _conf(release: Release, reason: str) -> dict[str, Any]:
    """The form of the rollback: this version, and only the regions that still serve it."""
    replaced = replaced_on(release)
    regions = [t.region for t in wanted_targets(release) if t.region and t.name not in replaced]
    conf: dict[str, Any] = {"reason": "rollback", "note": reason[:500]}
    conf["from_version"] = release.version
    return {**conf, "regions": regions} if regions else conf


async def _here(release: Release, task: PlannedTask, reason: str) -> None:
    """Put back what still serves this version, under our own claim, and say what is live again.

    Only live targets: an environment that users do not see may be the next release's by now. The
    exposure is closed last: a closed one is over, and nobody would finish what is half put back.
    """
    for place in dict.fromkeys(place_of(target) for target in _serving(release)):
        await claim(release, place, as_rollback=True)
    mark(release, task, _CLAIMED)
    targets = _serving(release)  # whoever held one of them may have gone back there
    for target in reversed(targets):
        await put_back(release, target)
    again = [entry for target in reversed(targets) for entry in _live_again(release, target)]
    release.record_together([*again, *_blocked(release, reason)])
    for each in wanted_targets(release):
        release.ledger.claims.free(claim_name(release, each.name), release.id)
    release.record("exposure.closed", key="closed", reason=reason)


def _serving(release: Release) -> list[str]:
    """The live targets that still have this version, or this flag on, by the ledger."""
    replaced = replaced_on(release)
    return [target.name for target in watched_targets(release) if target.name not in replaced]


def _live_again(release: Release, target: str) -> list[Entry]:
    if flag_of(target):
        return [("version.promoted", promoted(release, target, OFF), f"back#{target}")]
    before = release.view.before[target]
    if not before.get("artifact"):
        return []
    data = {
        "product": release.plan.product,
        "target": target,
        "version": before["stable"],
        "artifact": dict(before["artifact"]),
    }
    return [("version.promoted", data, f"back#{target}")]


def _blocked(release: Release, reason: str) -> list[Entry]:
    facts = {"product": release.plan.product, "reason": reason}
    return [
        ("version.blocked", {**facts, "version": what}, f"blocked#{what}")
        for what in subjects(release)
    ]
