"""The ``.rollback`` type: put every live target back, last one first, and verify it."""

from __future__ import annotations

from windlass.plan.drafting import Draft
from windlass.plan.execution_phase import checks_of, place, prefix, settle
from windlass.plan.follow_up_phase import end
from windlass.plan.release_plan import PlannedTarget


def add_rollback(draft: Draft, targets: tuple[PlannedTarget, ...]) -> None:
    """Open, announce, retract in reverse order, settle, end. One failure stops no other target."""
    opened = draft.add("planning.open", "planning.open", ())
    before = draft.add("execution.open", "execution.open", (opened,))
    if draft.no_port("messages", "status_page", "change_records") is None:
        draft.add("execution.announce", "execution.announce", (before,))
    for target in reversed([target for target in targets if target.live]):
        args, at = place(target), prefix(target)
        row = "execution.production.retract"
        before = draft.add(f"{at}.retract", row, (before,), **args)
        if checks_of(draft, target):
            draft.add(f"{at}.validate", "execution.production.validate", (before,), **args)
    settle(draft)
    end(draft)
