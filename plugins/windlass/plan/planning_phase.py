"""Phase 1: from opening to everything that must be known before the cut."""

from __future__ import annotations

from typing import Any

from windlass.plan.drafting import Draft
from windlass.spec.environments import Environment


def add_planning(draft: Draft) -> None:
    """The tasks of planning; what does not need another's answer runs beside it."""
    opened = draft.add("planning.open", "planning.open", ())
    scope = _scope(draft, opened)
    _environments(draft, opened)
    for row, needs, after in (
        ("planning.rollback", None, (opened,)),
        ("planning.automation", None, (opened,)),
        ("planning.monitoring", _unmonitored(draft), (opened,)),
        ("planning.risk", None, (scope, "planning.dependencies")),
        ("planning.timeline", None, (scope,)),
    ):
        if draft.chosen(row, needs):
            draft.add(row, row, after)
    _telling(draft, scope)


def _scope(draft: Draft, opened: str) -> str:
    if not draft.chosen("planning.scope", None):
        return opened
    scope = draft.add("planning.scope", "planning.scope", (opened,))
    none = None if draft.product.depends_on else "no depends_on configured"
    if draft.chosen("planning.dependencies", none):
        draft.add("planning.dependencies", "planning.dependencies", (scope,))
    return scope


def _environments(draft: Draft, opened: str) -> None:
    if draft.chosen("planning.environments", None):
        for environment in draft.product.environments:
            task_id = f"planning.environments.{environment.name}"
            draft.add(task_id, "planning.environments", (opened,), **_place(environment))


def _place(environment: Environment) -> dict[str, Any]:
    args = {"environment": environment.name}
    return args if environment.url is None else {**args, "url": environment.url}


def _unmonitored(draft: Draft) -> str | None:
    if draft.product.alerts:
        return None
    guarded = draft.policy.ships == "flags" and any(f.guard for f in draft.product.flags.values())
    metrics = draft.policy.judge.metrics or guarded
    return draft.no_port("metrics") or (None if metrics else "no judge metrics configured")


def _telling(draft: Draft, scope: str) -> None:
    """What is told, written and booked once the dates are known, and for a change the risk."""
    dated = ("planning.timeline", scope)
    backed = ("planning.risk", "planning.rollback", "planning.automation", *dated)
    unbriefed = None if draft.product.enablement else "no enablement configured"
    for row, needs, after in (
        ("planning.notify", draft.no_port("messages"), dated),
        ("planning.enablement", unbriefed or draft.no_port("documents", "meetings"), dated),
        ("planning.documents", draft.no_port("documents"), dated),
        ("planning.review", draft.no_port("calendar"), dated),
        ("planning.change", draft.no_port("change_records"), backed),
    ):
        if draft.chosen(row, needs):
            draft.add(row, row, after)
