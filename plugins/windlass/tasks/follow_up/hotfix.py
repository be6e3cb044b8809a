"""Ask for a hotfix: hand the failed release's scope to ``<product>.emergency``, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windlass.errors import EffectBusy, WindlassError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release
from windlass.tasks.starting import Starter, derived_run_id, start_once
from windlass.tasks.telling import tell

EMERGENCY = "emergency"


async def request_hotfix(
    release: Release, task: PlannedTask, reason: str, critical: Sequence[Mapping[str, Any]]
) -> None:
    """Write the request down, and start an emergency release that waits for the on-call.

    Nothing is asked for where the policy says no, or the product has no emergency releases.
    """
    wanted = release.policy.follow_up.emergency and EMERGENCY in release.product.release_types
    if not wanted:
        return
    dag_id, on_call = f"{release.plan.product}.{EMERGENCY}", _on_call(release)
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
    if release.starter is not None:
        await _start(release, task, release.starter, dag_id, reason)
    await tell(
        release,
        task,
        "problem",
        f"{release.name}: a hotfix is asked for",
        body=f"{reason}\nIt waits for the on-call: {', '.join(on_call) or 'nobody is named'}",
        to=on_call,
        name="hotfix",
    )


async def _start(
    release: Release, task: PlannedTask, starter: Starter, dag_id: str, reason: str
) -> None:
    on_call = _on_call(release)
    conf: dict[str, Any] = {"reason": "hotfix", "note": reason[:500], "hotfix_for": release.id}
    if on_call:
        conf["captain"] = on_call[0]
    if release.view.incidents:
        conf["incident"] = str(release.view.incidents[0]["id"])
    try:
        await start_once(release, task, starter, dag_id=dag_id, what="hotfix", conf=conf)
    except EffectBusy:
        raise  # a try that died in the middle of it: whether the run is there is found out
    except WindlassError as problem:
        # The request stands in the ledger and people are told: they can start it by hand.
        release.record(
            "evidence",
            key=f"{task.id}#hotfix-not-started",
            task=task.id,
            note=f"{dag_id} could not be started: {problem}",
        )


def _on_call(release: Release) -> tuple[str, ...]:
    return release.product.on_call or release.product.holders("devops")
