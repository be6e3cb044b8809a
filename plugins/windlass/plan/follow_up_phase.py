"""Phase 4: watch, listen, learn, close; and the end, which comes whatever happened."""

from __future__ import annotations

from windlass.plan.drafting import Draft
from windlass.plan.execution_phase import judged


def add_follow_up(draft: Draft) -> None:
    """The tasks after ``execution.settle``, ``release.end`` last."""
    settled = ("execution.settle",)
    if draft.chosen(
        "follow_up.monitor", None if _watched(draft) else "no judge metrics configured"
    ):
        watched = (draft.add("follow_up.monitor", "follow_up.monitor", settled),)
    else:
        watched = settled
    for row, needs, after in (
        ("follow_up.incidents", draft.no_port("incidents"), settled),
        ("follow_up.issues", draft.no_port("tracker", "errors"), settled),
        ("follow_up.verify_features", None, settled),
        ("follow_up.feedback", _no_survey(draft), settled),
        ("follow_up.adoption", _nothing(draft, "adoption"), watched),
        ("follow_up.benchmarks", _nothing(draft, "benchmarks"), watched),
        ("follow_up.experience", _nothing(draft, "experience"), watched),
        ("follow_up.contract", _nothing_to_contract(draft), watched),
    ):
        if draft.chosen(row, needs):
            draft.add(row, row, after)
    done = _follow_ups(draft)
    if draft.chosen("follow_up.review", None):
        done = (*done, draft.add("follow_up.review", "follow_up.review", done))
    if draft.chosen("follow_up.close", None):
        draft.add("follow_up.close", "follow_up.close", done)
    end(draft)


def _watched(draft: Draft) -> bool:
    """Whether what the release brings can be judged: code, or the users of flags."""
    if draft.policy.ships == "code":
        return judged(draft)
    return any(judged(draft, flag) for flag in draft.product.flags)


def end(draft: Draft) -> None:
    """The last teardown: after all that follows, so that it tells the whole story."""
    after = (*_follow_ups(draft), *draft.leaves())
    draft.add("release.end", "release.end", after, setup="planning.open")


def _follow_ups(draft: Draft) -> tuple[str, ...]:
    found = tuple(task.id for task in draft.tasks if task.phase == "follow_up")
    return found or ("execution.settle",)


def _no_survey(draft: Draft) -> str | None:
    missing = None if draft.policy.follow_up.survey else "no survey configured"
    return draft.no_port("surveys") or missing


def _nothing(draft: Draft, name: str) -> str | None:
    return None if getattr(draft.policy.follow_up, name) else f"no {name} configured"


def _nothing_to_contract(draft: Draft) -> str | None:
    migrations = draft.policy.rollout.migrations
    if migrations is None:
        return "no migrations configured"
    return None if migrations.contract else "no contract migration configured"
