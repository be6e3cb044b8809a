"""Judge one target: take a look, ask the judge, and say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from windlass.decisions.judge.budget import rollout_alpha, watch_alpha
from windlass.decisions.judge.release import JudgePolicy, judge_release
from windlass.decisions.rollout_state import Move, MoveKind
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.arms import arms_of, judge_of
from windlass.tasks.execution.intervals import Written
from windlass.tasks.execution.limiting import limits_of
from windlass.tasks.execution.looking import judge_policy, metrics_of, requests_of, take_due_look
from windlass.tasks.execution.rolling import bake_of, move_of
from windlass.tasks.execution.scoring import Judgement, score_of, verdict_of
from windlass.tasks.execution.verdicts import write_judgement
from windlass.tasks.exposing import brings
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.release import Release

#: Whose looks at a target belong to the rollout there.
_ROLLOUT = ("execution.production.judge", "execution.watch")


async def judged_now(
    release: Release, task: PlannedTask, target: str, *, moving: bool = False
) -> tuple[str, ...] | None:
    """Take a look at ``target`` for ``task``; the reasons to roll back, or None."""
    if not judge_of(release, target).metrics:
        return None
    await take_due_look(release, task, target, moving=moving)
    with release.one_moment():
        verdict = judge_rollout(release, target)
    if verdict.decision != "rollback":
        return None
    write_judgement(release, task, verdict, MoveKind.ROLL_BACK, verdict.reasons)
    return verdict.reasons


def judge_rollout(release: Release, target: str) -> Judgement:
    """What the judge says of the rollout at ``target``: of every look at it, step after step.

    The last step has no baseline arm: it is compared with what the old version did before, which
    is weaker, and says so.
    """
    tasks = [task.id for row in _ROLLOUT for task in release.plan.rows(row)]
    looks = [look for task in tasks for look in _of(release, task, target)]
    return _judged(release, sorted(looks, key=_seq), target, rollout_policy(release, target))


def judge_afterwards(release: Release, looks: Sequence[Written], target: str) -> Judgement:
    """What the judge says of looks at ``target`` after the rollout."""
    place, places = _place(release, target)
    alpha = watch_alpha(release.policy.judge.alpha, place, places)
    return _judged(release, looks, target, judge_policy(release, alpha), rolling_out=False)


def rollout_policy(release: Release, target: str) -> JudgePolicy:
    """The judge's policy for all steps at ``target`` together."""
    place, places = _place(release, target)
    watched = bool(tuple(release.plan.rows("follow_up.monitor")))
    alpha = rollout_alpha(release.policy.judge.alpha, place, places, watched=watched)
    return judge_policy(release, alpha)


def steps_of(release: Release, target: str) -> int:
    """How many steps ``target`` has."""
    return len(release.plan.target(target).steps)


def windows_of(release: Release, target: str) -> tuple[int, ...]:
    """The looks of each step of ``target``, when the policy judges by windows of known length."""
    judge, bake = release.policy.judge, bake_of(release, target)
    if judge.method != "group_sequential":
        return ()
    return tuple(
        max(1, round(bake.at(step) / judge.interval)) for step in range(steps_of(release, target))
    )


def next_move(release: Release, looks: Sequence[Written], target: str) -> tuple[Judgement, Move]:
    """The verdict so far and the rollout's move that follows from it.

    Args:
        looks: those of the step that is being judged; bake and requests are theirs.
    """
    verdict = judge_rollout(release, target)
    since = _at(release.view.looks[str(looks[0]["task"])][0])
    seen = requests_of(looks, judge_of(release, target), brings(release, target))
    found = verdict_of(release, target, verdict, requests=seen, since=since)
    return verdict, move_of(release, target, found, requests=seen, since=since)


def _judged(
    release: Release,
    looks: Sequence[Written],
    target: str,
    policy: JudgePolicy,
    *,
    rolling_out: bool = True,
) -> Judgement:
    method, arms = release.policy.judge.method, arms_of(release, target)
    alone = release.view.exposed.get(target) == 100.0 and method != "limits"
    metrics = metrics_of(
        release,
        looks,
        new=arms.new,
        old=arms.old,
        history=_before_the_last_step(release, target) if alone else (),
        stages=steps_of(release, target) if rolling_out else 1,
        windows=windows_of(release, target) if rolling_out else (),
        judge=judge_of(release, target),
    )
    if method == "score":
        return score_of(release, target, metrics)
    if method == "limits":
        return limits_of(release, target, metrics, rolling_out=rolling_out)
    return judge_release(metrics, policy)


def _before_the_last_step(release: Release, target: str) -> list[Written]:
    """Looks at ``target`` while the old version served there, those of planning among them."""
    looks = [look for task in release.view.looks for look in _of(release, task, target)]
    last = [_seq(look) for look in looks if look["percent"] == 100.0]
    until = min(last, default=None)
    return sorted((look for look in looks if until is None or _seq(look) < until), key=_seq)


def _of(release: Release, task: str, target: str) -> list[Written]:
    return [look for look in release.view.looks.get(task, []) if look["target"] == target]


def _place(release: Release, target: str) -> tuple[int, int]:
    """Where ``target`` comes in the rollout, and how many there are."""
    names = [each.name for each in rollout_targets(release)]
    return names.index(target), len(names)


def _seq(look: Written) -> int:
    return int(look["seq"])


def _at(look: Written) -> datetime:
    return datetime.fromisoformat(look["at"])
