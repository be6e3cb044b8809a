"""Judge one target: take a look, ask the judge, and say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from windlass.decisions.judge.deadline import Move, MoveKind, deadline
from windlass.decisions.judge.release import JudgeVerdict, judge_release
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.looking import (
    Written,
    judge_policy,
    metrics_of,
    requests_of,
    take_look,
)
from windlass.tasks.release import Release


async def judged_now(release: Release, task: PlannedTask, target: str) -> tuple[str, ...] | None:
    """Take a look at ``target`` for ``task``; the reasons to roll back, or None."""
    if not release.policy.judge.metrics:
        return None
    await take_look(release, task, target)
    looks = [look for look in release.view.looks.get(task.id, []) if look["target"] == target]
    verdict = judge_looks(release, looks, target)
    return verdict.reasons if verdict.decision == "rollback" else None


def judge_looks(release: Release, looks: Sequence[Written], target: str) -> JudgeVerdict:
    """What the judge says of these looks at ``target``.

    The last step has no baseline arm: it is compared with what the old version did during the
    earlier steps there, which is weaker, and says so.
    """
    old = release.view.before[target].get("stable")
    alone = release.view.exposed.get(target) == 100.0
    history = _earlier(release, looks, target) if alone else ()
    metrics = metrics_of(release, looks, new=release.version, old=old, history=history)
    return judge_release(metrics, judge_policy(release))


def next_move(
    release: Release, looks: Sequence[Written], target: str, *, bake_seconds: float
) -> tuple[JudgeVerdict, Move]:
    """The verdict on these looks and the move that follows from bake, requests and policy."""
    verdict = judge_looks(release, looks, target)
    bake, judge = release.policy.rollout.bake, release.policy.judge
    first = release.view.looks[str(looks[0]["task"])][0]
    seconds = (release.now() - _at(first)).total_seconds()
    seen = requests_of(looks, judge, release.version)
    move = deadline(
        verdict,
        judge_policy(release),
        bake_met=seconds >= bake_seconds,
        requests_met=seen >= bake.requests,
    )
    if move.kind in (MoveKind.WAIT, MoveKind.EXTEND) and seconds >= bake.longest.total_seconds():
        late = f"{seconds:.0f} s at this step is more than the longest bake"
        return verdict, Move(MoveKind.PAUSE, (*move.reasons, late))
    return verdict, move


def _earlier(release: Release, looks: Sequence[Written], target: str) -> list[Written]:
    first = min(int(look["seq"]) for look in looks)
    found = [
        look
        for written in release.view.looks.values()
        for look in written
        if look["target"] == target and int(look["seq"]) < first and look["percent"] < 100.0
    ]
    return sorted(found, key=lambda look: int(look["seq"]))


def _at(look: Written) -> datetime:
    return datetime.fromisoformat(look["at"])


def figures_of(verdict: JudgeVerdict) -> dict[str, dict[str, float | None]]:
    """The figures of each metric as the ledger keeps them: null where there is no number.

    A baseline without a single bad event makes the ratio infinite, which JSON cannot hold.
    """
    return {
        name: {
            "e_value": _finite(metric.e_value),
            "p_value": _finite(metric.p_value),
            "ratio": _finite(metric.ratio),
            "looks": metric.look,
        }
        for name, metric in verdict.metrics.items()
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
