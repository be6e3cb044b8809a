"""Tasks that are in the plan from the start because the change may turn out to need them.

A DAG cannot grow while it runs, so everything that risk, a breaking change or a migration may add
is planned, and skips itself with the reason when it is not needed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release

#: The task whose measured seconds say that a rollback was rehearsed.
REHEARSAL = "validation.readiness.rehearsal"

#: The name in ``args["only_if"]`` → does it hold, and what to say when it does not.
CONDITIONS: dict[str, tuple[Callable[[Release], bool], str]] = {
    "breaking": (
        lambda release: bool((release.view.scope or {}).get("breaking")),
        "nothing in this release breaks anything",
    ),
    "migrates": (
        lambda release: bool((release.view.scope or {}).get("migrations")),
        "this release migrates no data",
    ),
    "migrates_or_stale": (
        lambda release: (
            bool((release.view.scope or {}).get("migrations")) or rehearsal_is_stale(release)
        ),
        "this release migrates no data, and the rollback was rehearsed lately",
    ),
    "flagged": (
        lambda release: bool(release.inputs.flags),
        "this release ramps no flag",
    ),
    "risk": (
        lambda release: bool(_evidence(release, "planning.risk", "adds_approval")),
        "the risk does not call for it",
    ),
    "no_way_back": (
        lambda release: (
            bool((release.view.scope or {}).get("migrations"))
            and bool(_evidence(release, "planning.automation", "no_way_back"))
        ),
        "every step can be undone",
    ),
}


def does_not_apply(release: Release, task: PlannedTask) -> str | None:
    """Why ``task`` has nothing to do in this release, or None when it applies."""
    flag = task.args.get("flag")
    if flag and flag not in release.inputs.flags:
        return f"this release does not ramp {flag}"
    name = task.args.get("only_if") or task.args.get("decides")
    if name is not None:
        holds, otherwise = CONDITIONS[str(name)]
        if not holds(release):
            return otherwise
    wanted = release.inputs.regions
    region = task.args.get("region")
    if wanted and region and region not in wanted:
        return f"this release is for {', '.join(wanted)} only"
    return None


def rehearsal_is_stale(release: Release) -> bool:
    """Whether no release of this product has rehearsed its rollback within the policy's time."""
    days = release.policy.rehearsal.stale_after.days
    since = release.now() - timedelta(days=days)
    return not any(
        event.data.get("outcome") == "done"
        and str(event.data.get("task")) == REHEARSAL
        and (event.data.get("evidence") or {}).get("recovery_seconds") is not None
        for event in release.ledger.select(
            ("task.finished",), product=release.plan.product, after=since
        )
    )


def _evidence(release: Release, task: str, name: str) -> object:
    record = release.view.record(task)
    return record.evidence.get(name) if record else None
