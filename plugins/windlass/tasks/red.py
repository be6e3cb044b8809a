"""What a red check does: the same task parks and asks, as the product's policy says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.decisions.verdict import Outcome
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.finding import Finding
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Skip, Wait

#: The answers to a red check, the mildest first.
OPTIONS = ("run again", "waive", "new candidate", "postpone", "cancel")
REASON = Field("reason", "Reason", required_for=("waive", "new candidate", "postpone", "cancel"))
UNTIL = Field("until", "Waived until (date)", required_for=("waive",))


def conclude(release: Release, task: PlannedTask, finding: Finding) -> Result:
    """Turn a finding into a result: green is done, red is what ``on_red`` says.

    ``MARGINAL`` counts as green with its reasons kept; every other outcome is red.
    """
    if finding.verdict.outcome in (Outcome.PASS, Outcome.MARGINAL):
        return Done(_evidence(finding))
    on_red, rerun = _policy(release, task)
    if on_red == "inform":
        return Done({**_evidence(finding), "red_but_only_informs": True})
    if on_red == "block":
        return Fail(finding.verdict.reasons)
    attempt = release.attempt(task)
    if attempt - release.candidates(task) <= rerun:
        release.record(
            "check.red",
            key=f"{task.id}#rerun#{attempt}",
            task=task.id,
            reasons=list(finding.verdict.reasons),
            rerun=True,
        )
        return Wait(f"red, run again by policy ({attempt} of {rerun})", every=1.0)
    return _ask(release, task, finding, attempt)


def _policy(release: Release, task: PlannedTask) -> tuple[str, int]:
    """What red means (ask, block, inform), and how often a red run is repeated by itself."""
    suite = release.policy.quality.get(str(task.args.get("suite", "")))
    return (suite.on_red, suite.rerun) if suite else ("ask", 0)


def pending(release: Release, task: PlannedTask) -> Result | None:
    """What became of the question this try already asked; None when it has asked none.

    The check is not made again while people think: what they answer is what they were shown.
    """
    attempt = release.attempt(task)
    for asked in release.view.questions.values():
        question = asked.question
        if question["task"] != task.id or question["kind"] != "red_check":
            continue
        facts = question["facts"]
        if facts["attempt"] == attempt and facts["package"] == release.view.package:
            shown = Question.from_json(question)
            answer = release.answer(shown)
            return Ask(shown) if answer is None else _answered(release, task, facts, answer)
    return None


def _evidence(finding: Finding) -> dict[str, object]:
    return {
        **finding.evidence,
        "outcome": finding.verdict.outcome.value,
        "reasons": list(finding.verdict.reasons),
    }


def _ask(release: Release, task: PlannedTask, finding: Finding, attempt: int) -> Result:
    waivers = _waivers(release, task)
    question = Question(
        task=task.id,
        kind="red_check",
        title=f"{task.title}: {finding.verdict.outcome.value}",
        facts={
            "attempt": attempt,
            "outcome": finding.verdict.outcome.value,
            "reasons": list(finding.verdict.reasons),
            "package": release.view.package,
            "evidence": dict(finding.evidence),
            "waivable_by": list(waivers),
        },
        options=_options(task),
        roles=tuple(dict.fromkeys((*task.owners, *waivers))),
        fields=(REASON, UNTIL),
    )
    release.record(
        "check.red",
        key=f"{task.id}#red#{attempt}",
        task=task.id,
        reasons=list(finding.verdict.reasons),
    )
    return Ask(question)


def _options(task: PlannedTask) -> tuple[str, ...]:
    """What may be answered: a version that users have is no longer cancelled or postponed."""
    if task.phase == "validation":
        return OPTIONS
    return ("run again", "waive") if task.phase == "follow_up" else ("run again", "waive", "cancel")


def _waivers(release: Release, task: PlannedTask) -> tuple[str, ...]:
    """The roles that may waive it: a suite names them, any other check belongs to its owners."""
    suite = release.policy.quality.get(str(task.args.get("suite", "")))
    return suite.waivable_by if suite else task.owners


def _answered(
    release: Release, task: PlannedTask, facts: Mapping[str, Any], answer: Answer
) -> Result:
    match answer.option:
        case "waive":
            release.record(
                "check.waived",
                key=f"{task.id}#waived#{answer.at.isoformat()}",
                by=answer.by,
                task=task.id,
                reason=answer.reason,
                until=answer.fields.get("until"),
            )
            return Done(
                {
                    **facts["evidence"],
                    "outcome": facts["outcome"],
                    "reasons": facts["reasons"],
                    "waived_by": answer.by,
                    "waiver": answer.reason,
                }
            )
        case "new candidate":
            return new_candidate(release, answer)
        case "postpone" | "cancel":
            return end_for(release, answer)
    return Fail((f"{answer.option!r} is not an answer to a red check",))


def new_candidate(release: Release, answer: Answer) -> Result:
    """Build again from the release branch; every check of the old package is void by itself."""
    release.record(
        "task.cleared",
        key=f"candidate#{answer.at.isoformat()}",
        by=answer.by,
        tasks=["validation.candidate"],
        reason=answer.reason,
    )
    return Wait("a new candidate is being built", every=1.0)


def end_for(release: Release, answer: Answer) -> Result:
    """The release ends because a person chose ``postpone`` or ``cancel``."""
    outcome = {"postpone": "release.postponed", "cancel": "release.cancelled"}[answer.option]
    release.record(
        outcome, key="ending", by=answer.by, reason=answer.reason, to=answer.fields.get("to")
    )
    return Skip(f"{answer.option}: {answer.reason}")
