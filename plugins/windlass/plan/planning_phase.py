"""Phase 1: from opening to everything that must be known before the cut."""

from __future__ import annotations

from typing import Any

from windlass.plan.drafting import Draft
from windlass.spec.environments import Environment


def add_planning(draft: Draft) -> None:
    """The tasks of planning, in order."""
    opened = draft.add("planning.open", "planning.open", ())
    scope = _scope(draft, opened)
    environments = _environments(draft, opened)
    known = (scope, *environments)
    if draft.chosen("planning.rollback", None):
        draft.add("planning.rollback", "planning.rollback", environments or (opened,))
    if draft.chosen("planning.monitoring", _unmonitored(draft)):
        draft.add("planning.monitoring", "planning.monitoring", (opened,))
    if draft.chosen("planning.risk", None):
        after = ("planning.dependencies", "planning.rollback", *known)
        draft.add("planning.risk", "planning.risk", after)
    if draft.chosen("planning.automation", None):
        draft.add("planning.automation", "planning.automation", ("planning.rollback", *known))
    if draft.chosen("planning.timeline", None):
        draft.add("planning.timeline", "planning.timeline", ("planning.risk", *known))
    _telling(draft)


def _scope(draft: Draft, opened: str) -> str:
    if not draft.chosen("planning.scope", None):
        return opened
    scope = draft.add("planning.scope", "planning.scope", (opened,))
    none = None if draft.product.depends_on else "no depends_on configured"
    if draft.chosen("planning.dependencies", none):
        draft.add("planning.dependencies", "planning.dependencies", (scope,))
    return scope


def _environments(draft: Draft, opened: str) -> tuple[str, ...]:
    if not draft.chosen("planning.environments", None):
        return ()
    return tuple(
        draft.add(
            f"planning.environments.{environment.name}",
            "planning.environments",
            (opened,),
            **_place(environment),
        )
        for environment in draft.product.environments
    )


def _place(environment: Environment) -> dict[str, Any]:
    args = {"environment": environment.name}
    return args if environment.url is None else {**args, "url": environment.url}


def _unmonitored(draft: Draft) -> str | None:
    if draft.product.alerts:
        return None
    return draft.no_port("metrics") or (
        None if draft.policy.judge.metrics else "no judge metrics configured"
    )


def _telling(draft: Draft) -> None:
    """What is told, written and booked once risk, plan and dates are known."""
    after = ("planning.timeline", "planning.automation", "planning.risk")
    unbriefed = None if draft.product.enablement else "no enablement configured"
    for row, needs in (
        ("planning.notify", draft.no_port("messages")),
        ("planning.enablement", unbriefed or draft.no_port("documents", "meetings")),
        ("planning.documents", draft.no_port("documents")),
        ("planning.review", draft.no_port("calendar", "meetings")),
        ("planning.change", draft.no_port("change_records")),
    ):
        if draft.chosen(row, needs):
            draft.add(row, row, after)
