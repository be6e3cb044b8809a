"""``compile_plan``: from a product and a release type to everything a release will do."""

from __future__ import annotations

from windlass.errors import PlanError
from windlass.plan.drafting import Draft
from windlass.plan.execution_phase import add_execution
from windlass.plan.follow_up_phase import add_follow_up
from windlass.plan.planning_phase import add_planning
from windlass.plan.release_plan import Milestone, ReleasePlan
from windlass.plan.rollback_plan import add_rollback
from windlass.plan.seats import plan_seats
from windlass.plan.targets import plan_ramps, plan_targets
from windlass.plan.validation_phase import add_validation
from windlass.spec.policy import Policy
from windlass.spec.product import Product


def compile_plan(
    product: Product, release_type: str, *, spec_digest: str | None = None
) -> ReleasePlan:
    """The plan of one release. Pure: the same product gives the same plan, in every process.

    Args:
        product: read and resolved.
        release_type: one of the product's.
        spec_digest: the product's digest where the caller knows it, or does not use it; working
            it out is half of this function's time.

    Raises:
        PlanError: the product has no such release type.
    """
    try:
        policy = product.policy(release_type)
    except KeyError as error:
        raise PlanError((str(error.args[0]),)) from None
    targets = plan_targets(product, policy)
    ramps = plan_ramps(product, policy, targets)
    draft = Draft(product, policy)
    if release_type == "rollback":
        add_rollback(draft, targets)
    else:
        add_planning(draft)
        add_validation(draft)
        add_execution(draft, targets, ramps)
        add_follow_up(draft)
    present = {task.row for task in draft.tasks} | {task.id for task in draft.tasks}
    return ReleasePlan(
        product=product.product,
        release_type=release_type,
        tasks=tuple(draft.tasks),
        targets=targets,
        seats=() if release_type == "rollback" else plan_seats(policy),
        milestones=plan_milestones(policy),
        not_applicable={
            row: reason
            for row, reason in sorted(draft.not_applicable.items())
            if row not in present
        },
        spec_digest=product.digest if spec_digest is None else spec_digest,
        ramps=ramps,
    )


def plan_milestones(policy: Policy) -> tuple[Milestone, ...]:
    """Points in time around Day 0; they are targets, no task sleeps to reach one."""
    return (
        Milestone("planning starts", "planning", 0.0 - policy.lead.days),
        Milestone("scope locked", "validation", 0.0 - policy.cut.days),
        Milestone("production", "execution", 0.0),
        Milestone("monitoring ends", "follow_up", policy.follow_up.monitor.days),
    )
