"""``release.end``: how it came out, written once, with the report; Airflow's run follows from it.

The second teardown of a release. It waits for nobody but who puts users right. It fails unless the
outcome is one of those that nobody has to look at, so that a rolled-back release shows as failed.
"""

from __future__ import annotations

from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.follow_up.after_production import SETTLE, reached_users, rollout_targets
from windlass.tasks.follow_up.going_back import going_back_since
from windlass.tasks.follow_up.owing import owe_incident_review
from windlass.tasks.follow_up.reporting import QUIET_OUTCOMES, publish_report
from windlass.tasks.forecasting import write_down_what_came
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait
from windlass.tasks.telling import tell


async def end(release: Release, task: PlannedTask) -> Result:
    """Decide the outcome from the ledger, report, tell, and close the stream, once."""
    if release.view.outcome is not None:
        return _as_it_ended(release)
    if _unsettled(release):
        return Wait("execution.settle has not put every target right yet", every=5.0)
    if going_back_since(release.view) is not None:
        return Wait(f"{release.version} is being taken back", every=5.0)
    outcome, why = outcome_of(release)
    owe_incident_review(release)
    write_down_what_came(release)
    evidence: dict[str, Any] = {"outcome": outcome, "why": why}
    evidence["report"] = await publish_report(release, task, outcome, why)
    occasion = "end" if outcome in QUIET_OUTCOMES else "problem"
    await tell(release, task, occasion, f"{release.name}: {outcome}", body=why)
    release.record("release.ended", key="ended", outcome=outcome, reason=why, evidence=evidence)
    return _as_it_ended(release)


def _as_it_ended(release: Release) -> Done | Fail:
    """What the ledger says: however often somebody clears this task, it ends as it ended first."""
    outcome, ended = str(release.view.outcome), dict(release.view.ended or {})
    return Done(ended) if outcome in QUIET_OUTCOMES else Fail((f"{outcome}: {ended.get('why')}",))


def outcome_of(release: Release) -> tuple[str, str]:
    """The outcome, and why. ``failed`` is a run that broke before users saw anything."""
    view = release.view
    if release.dry_run:
        return "dry run", "nothing was done; the report lists what would have been"
    if view.closed and reached_users(release):
        return _stopped(release, str(view.closed["reason"]))
    if view.ending:
        names = {"emptied": "nothing to release"}
        outcome = str(view.ending["outcome"])
        return names.get(outcome, outcome), str(view.ending["reason"])
    if view.closed:
        return "failed", str(view.closed["reason"])
    settled = view.record(SETTLE)
    if _promoted_everywhere(release) and (settled is None or settled.outcome == "done"):
        return _released(release)
    return "rolled back" if reached_users(release) else "failed", _what_failed(release)


def _stopped(release: Release, why: str) -> tuple[str, str]:
    """Put back everywhere, or forward where there was no way back; which is said by target."""
    users = release.plan.is_live
    back = {t: each for t, each in release.view.reverted.items() if users(t)}
    kept = [target for target in release.view.forward if users(target)]
    halted = {t: each["left"] for t, each in back.items() if each.get("left")}
    if not kept and not halted:
        return "rolled back", why
    said = [f"{target} had no way back and serves {release.version}" for target in kept]
    said += [f"{t} is halted: {left:g} % keep {release.version}" for t, left in halted.items()]
    said += [f"{t} is back on {back[t]['back_to'] or 'nothing'}" for t in back if t not in halted]
    return "rolled forward" if kept else "halted", "; ".join([why, *said])


def _released(release: Release) -> tuple[str, str]:
    close = release.view.records.get("follow_up.close")
    exceptions = close.evidence.get("exceptions") if close else None
    if exceptions:
        return "released with exceptions", "; ".join(str(each) for each in exceptions)
    if close is None and any(t.id == "follow_up.close" for t in release.plan.tasks):
        return "released with exceptions", "follow_up.close did not come to its end"
    return "released", "promoted everywhere and closed"


def _promoted_everywhere(release: Release) -> bool:
    names = [target.name for target in rollout_targets(release)]
    return bool(names) and all(name in release.view.promoted for name in names)


def _what_failed(release: Release) -> str:
    failed = [r for r in release.view.records.values() if r.outcome == "failed"]
    if failed:
        return f"{failed[-1].task}: {'; '.join(failed[-1].reasons)}"
    return "the release ended before it was promoted anywhere"


def _unsettled(release: Release) -> bool:
    """Whether something was touched and settle has not finished with it."""
    return bool(release.view.touched) and release.view.record("execution.settle") is None
