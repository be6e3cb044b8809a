"""A scope that holds more than its release type allows: people decide what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.decisions.scope import fits_type
from windlass.decisions.versions import MOST, Bump
from windlass.ledger.views.release import Asked
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.red import end_for
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Fail, Result, Skip
from windlass.tasks.scoping import Gathered, gather, ref_of
from windlass.tasks.starting import start_once

DROP = "drop the items"
#: The type that lets the excess in, and what a person says who thinks that it is none.
LARGER = {"fixes": "minor", "features": "major"}
#: What a policy allows → the release type of the workflow that allows as much.
LIKE = {"fixes": "patch", "features": "minor", "breaking": "major"}
REF = Field("ref", "Branch or commit without them", required_for=(DROP,))


@dataclass(frozen=True, slots=True)
class Settled:
    """The scope may be locked. ``bump`` is what the version is worked out from.

    ``facts`` go into the scope beside what was gathered: who said that it is not too much, and why.
    """

    gathered: Gathered
    bump: Bump
    by: str = "windlass"
    facts: Mapping[str, Any] = field(default_factory=dict)


async def settle_excess(
    release: Release, task: PlannedTask, gathered: Gathered
) -> Settled | Result:
    """Nothing is too much, or somebody said what to do about it; else the question."""
    reasons = _too_much(release, gathered)
    if not reasons:
        return Settled(gathered, gathered.scope.bump)
    answered = _answered(release, task)
    question = _question(release, task, gathered, reasons, len(answered))
    last = answered[-1] if answered else None
    if last is None or not _same(last, question):
        return Ask(question)
    answer = release.answer(Question.from_json(last.question))
    if answer is None or answer.option == DROP:
        return Ask(question)
    return await _decided(release, task, gathered, answer, reasons)


def _too_much(release: Release, gathered: Gathered) -> tuple[str, ...]:
    """What the release type does not let in, and what a person took out and is still inside."""
    kept = tuple(
        f"{key} was dropped, and its commits are in {gathered.ref}"
        for key in gathered.scope.still_in
    )
    verdict = fits_type(gathered.scope, LIKE[release.policy.allows])
    if verdict.passed:
        return kept
    features: tuple[str, ...] = ()
    if release.policy.allows == "fixes":
        features = tuple(f"feature: {subject}" for subject in gathered.features)
    return (*kept, *verdict.reasons, *features)


def chosen_ref(release: Release, task: PlannedTask) -> str:
    """The ref to cut from: the last one that somebody gave to leave items out, else the form's."""
    for asked in reversed(_answered(release, task)):
        ref = str((asked.answer or {}).get("fields", {}).get("ref", "")).strip()
        if (asked.answer or {}).get("option") == DROP and ref:
            return ref
    return ref_of(release)


def harmless(allows: str) -> str:
    """What somebody answers who says that the excess is none."""
    return "fixes only, because…" if allows == "fixes" else "not breaking, because…"


async def _decided(
    release: Release,
    task: PlannedTask,
    gathered: Gathered,
    answer: Answer,
    reasons: tuple[str, ...],
) -> Settled | Result:
    allows = release.policy.allows
    if answer.option in ("postpone", "cancel"):
        return end_for(release, answer)
    if answer.option == harmless(allows):
        return await _excused(release, gathered, answer, reasons)
    larger = LARGER.get(allows)
    if larger is not None and answer.option == f"re-plan as {larger}":
        return await _replan(release, task, larger, answer)
    return Fail((f"{answer.option!r} is not an answer to what is too much",))


async def _excused(
    release: Release, gathered: Gathered, answer: Answer, reasons: tuple[str, ...]
) -> Settled:
    """Somebody says that it is not too much, with a reason that stays in the scope."""
    cleared = {one.sha: f"{answer.by}: {answer.reason}" for one in gathered.scope.breaking}
    calmed = await gather(release, gathered.sha, cleared=cleared)
    said = {"by": answer.by, "reason": answer.reason, "about": list(reasons)}
    bump = min(calmed.scope.bump, MOST[LIKE[release.policy.allows]])
    facts = {"excused": said, "bump": bump.name.lower(), "ref": gathered.ref}
    return Settled(calmed, bump, answer.by, facts)


async def _replan(release: Release, task: PlannedTask, larger: str, answer: Answer) -> Result:
    """Start a release of the larger type where there is something to start it with, and end."""
    dag_id, started = f"{release.plan.product}.{larger}", ""
    if release.starter is not None:
        conf = {
            "reason": release.inputs.reason,
            "note": f"re-planned from {release.id}: {answer.reason}",
            "ref": release.inputs.ref,
        }
        started = await start_once(
            release, task, release.starter, dag_id=dag_id, what="replanned", conf=conf
        )
    reason = f"re-planned as {started or dag_id}: {answer.reason or 'more than this type allows'}"
    release.record(
        "release.cancelled", key="ending", by=answer.by, reason=reason, replanned_as=dag_id
    )
    return Skip(reason)


def _question(
    release: Release, task: PlannedTask, gathered: Gathered, reasons: tuple[str, ...], rounds: int
) -> Question:
    allows = release.policy.allows
    larger = LARGER.get(allows)
    replan = (f"re-plan as {larger}",) if larger in release.product.release_types else ()
    excuse = harmless(allows)
    reason = Field("reason", "Reason", required_for=(*replan, excuse, "postpone", "cancel"))
    return Question(
        task=task.id,
        kind="scope",
        title=f"{release.name}: {len(reasons)} things are more than {allows}",
        facts={
            "round": rounds,
            "ref": gathered.ref,
            "sha": gathered.sha,
            "allows": allows,
            "excess": list(reasons),
        },
        options=(DROP, *replan, excuse, "postpone", "cancel"),
        roles=task.owners,
        fields=(REF, reason),
    )


def _answered(release: Release, task: PlannedTask) -> list[Asked]:
    return [
        asked
        for asked in release.view.questions.values()
        if asked.question["task"] == task.id
        and asked.question["kind"] == "scope"
        and asked.answer is not None
    ]


def _same(last: Asked, question: Question) -> bool:
    """Whether what was answered is what there is now: same commit, same excess."""
    facts = last.question["facts"]
    return bool(
        facts["sha"] == question.facts["sha"] and facts["excess"] == question.facts["excess"]
    )
