"""Ask for a hotfix: hand the failed release's scope to ``<product>.emergency``, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from windlass.errors import EffectBusy, LedgerError, RetryableError, TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.results import Wait
from windlass.tasks.starting import Starter, derived_run_id, start_once
from windlass.tasks.telling import tell

EMERGENCY = "emergency"
#: How long Airflow may leave open whether the run exists; seconds until it is asked again.
PATIENCE = timedelta(minutes=2)
POLL = 5.0


async def request_hotfix(
    release: Release, task: PlannedTask, reason: str, critical: Sequence[Mapping[str, Any]]
) -> Wait | None:
    """Write the request down, and start an emergency release that waits for the on-call.

    Nothing is asked for where the policy says no, or the product has no emergency releases. Gives a
    wait as long as it is open whether the release was started.
    """
    wanted = release.policy.follow_up.emergency and EMERGENCY in release.product.release_types
    if not wanted:
        return None
    dag_id, on_call = f"{release.plan.product}.{EMERGENCY}", on_call_of(release)
    release.record(
        "hotfix.requested",
        key="hotfix",
        task=task.id,
        reason=reason,
        product=release.plan.product,
        version=release.view.version,
        failed_release=release.id,
        run=f"{dag_id}/{derived_run_id(release, 'hotfix')}",
        scope=list((release.view.scope or {}).get("delivered") or ()),
        issues=[str(each["key"]) for each in critical],
        waits_for=list(on_call),
    )
    how = f"It waits for the on-call: {', '.join(on_call) or 'nobody is named'}"
    if release.starter is not None:
        problem = await _start(release, task, release.starter, dag_id, reason)
        if isinstance(problem, Wait):
            return problem
        how = f"{problem}; start it by hand" if problem else how
    await tell(
        release,
        task,
        "problem",
        f"{release.name}: a hotfix is asked for",
        body=f"{reason}\n{how}",
        to=on_call,
        name="hotfix",
    )
    return None


async def _start(
    release: Release, task: PlannedTask, starter: Starter, dag_id: str, reason: str
) -> Wait | str:
    """Start it once; what went wrong, if anything did.

    A reply that was lost says nothing: whether the run is there is found out.
    """
    on_call = on_call_of(release)
    conf: dict[str, Any] = {"reason": "hotfix", "note": reason[:500], "hotfix_for": release.id}
    if on_call:
        conf["captain"] = on_call[0]
    if release.view.incidents:
        conf["incident"] = str(release.view.incidents[0]["id"])
    since = mark(release, task, "starts a hotfix")
    try:
        await start_once(release, task, starter, dag_id=dag_id, what="hotfix", conf=conf)
    except (EffectBusy, LedgerError):
        raise
    except RetryableError as problem:
        if release.now() < since + PATIENCE:
            return Wait(f"whether {dag_id} runs is not known: {problem}", every=POLL)
        note = f"whether {dag_id} was started is not known: {problem}"
    except TerminalError as problem:
        note = f"{dag_id} could not be started: {problem}"
    else:
        return ""
    release.record("evidence", key=f"{task.id}#hotfix-not-started", task=task.id, note=note)
    return note


def on_call_of(release: Release) -> tuple[str, ...]:
    """Who is on call, else the devops people."""
    return release.product.on_call or release.product.holders("devops")
