"""The rollout as :mod:`windlass.decisions.rollout` sees it, and what that decides for one target.

The DAG's tasks bring the moves about, in the order its edges give; which move it is, and whether a
step may be done at all, is decided there alone, from what the ledger says at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from windlass.decisions.rollout import may_expose, next_move
from windlass.decisions.rollout_state import (
    Clock,
    Move,
    Region,
    RolloutPolicy,
    RolloutState,
    Share,
    Undo,
)
from windlass.decisions.verdict import Verdict
from windlass.plan.release_plan import PlannedTarget, flag_of
from windlass.plan.targets import at_once
from windlass.spec.rollout import Bake
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.execution.one_way import undo_of
from windlass.tasks.exposing import live
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.release import Release

STEP, PRODUCTION = "execution.production.step", "execution.production."


def rollout_of(release: Release) -> RolloutState:
    """How far the release is in every region that it is for."""
    view, targets = release.view, rollout_targets(release)
    names = [target.name for target in targets]
    hold = view.hold
    return RolloutState(
        version=release.version,
        regions=tuple(region_of(release, target) for target in targets),
        at_once=dict(enumerate(at_once(release.product))),
        touched=tuple(name for name in view.touched if name in names),
        is_rollback=release.plan.release_type == "rollback",
        blocked=frozenset(live(release).blocked),
        held=f"by {hold['by']}: {hold['reason']}" if hold else "",
        closed=str(view.closed["reason"]) if view.closed else "",
    )


def bake_of(release: Release, target: str) -> Bake:
    """How long each step of ``target`` is watched.

    An audience is as large as it is: no number of requests is waited for while only that has a
    flag.
    """
    flag = release.product.flags.get(flag_of(target))
    bake = (flag.bake if flag else None) or release.policy.rollout.bake
    return bake.model_copy(update={"requests": 0}) if target in release.view.audience else bake


def policy_of(release: Release, target: str = "") -> RolloutPolicy:
    """The product's bake and what it wants done when nothing is clear by then."""
    rollout, judge, bake = release.policy.rollout, release.policy.judge, bake_of(release, target)
    asks = judge.method == "limits" and judge.deadline == "advance"
    return RolloutPolicy(
        first_bake=bake.at(0),
        bake=bake.time,
        longest=bake.longest,
        requests=bake.requests,
        undecided="pause" if asks else judge.deadline,
        require_go=judge.require_go,
        must_detect=judge.detectable,
        at_close=rollout.at_close,
    )


def move_of(
    release: Release, target: str, verdict: Verdict, *, requests: float, since: datetime
) -> Move:
    """The next move of ``target``, which is watched at its step since ``since``.

    Its judge asks for it alone: the other regions have judges of their own.
    """
    state = rollout_of(release)
    alone = replace(
        state,
        regions=(replace(state.region(target), since=since, done=False),),
        touched=(target,),
    )
    clock = Clock(release.now())
    seen = {target: int(requests)}
    return next_move(alone, {target: verdict}, seen, clock, policy_of(release, target))


def may_step(release: Release, target: str, percent: Share) -> Verdict:
    """Whether ``target`` may be brought to ``percent`` now."""
    clock = Clock(release.now())
    return may_expose(rollout_of(release), target, percent, clock, policy_of(release))


def region_is_done(release: Release, target: str) -> bool:
    """Whether every production task of the region has come to its end."""
    mine = [
        task
        for task in release.plan.tasks
        if task.row.startswith(PRODUCTION) and task.args.get("target") == target
    ]
    return all(release.view.record(task.id) is not None for task in mine)


def reached(release: Release, target: PlannedTarget, steps: Sequence[Share]) -> int:
    """Which of ``steps`` the target has come to; −1: none yet."""
    view, audiences = release.view, [step for step in steps if isinstance(step, str)]
    if view.audience.get(target.name) in audiences:
        return audiences.index(view.audience[target.name])
    if target.name not in view.exposed:
        return -1
    percents = [step for step in steps if isinstance(step, int)]
    passed = sum(percent <= view.exposed[target.name] for percent in percents)
    return len(audiences) + passed - 1


def region_of(release: Release, target: PlannedTarget) -> Region:
    """One place, or one flag there, as the rollout's rules see it."""
    steps, view = _steps(release, target), release.view
    return Region(
        name=target.name,
        wave=target.wave,
        steps=steps,
        index=reached(release, target, steps),
        done=target.name in view.forward or region_is_done(release, target.name),
        reverted=target.name in view.reverted,
        no_way_back=target.name in view.one_way,
        undo=cast("Undo", undo_of(release, target.name)),
    )


def _steps(release: Release, target: PlannedTarget) -> tuple[Share, ...]:
    """The percents that apply: risk may have added some, and does not always."""
    if target.flag:
        return target.steps
    tasks = [t for t in release.plan.rows(STEP) if t.args["target"] == target.name]
    steps = tuple(int(t.args["percent"]) for t in tasks if does_not_apply(release, t) is None)
    return steps if steps[-1:] == (100,) else target.steps
