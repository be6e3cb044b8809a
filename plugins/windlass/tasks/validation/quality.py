"""``validation.quality.gate``: the results are weighed, then people sign for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.decisions.verdict import Outcome
from windlass.decisions.waivers import Waiver
from windlass.errors import InputError
from windlass.ledger.views.release import Record
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.gates.gate import gate as decide_gate
from windlass.tasks.question import Answer, Field, Question
from windlass.tasks.red import end_for, new_candidate
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Wait
from windlass.tasks.validation.waiving import end_of, verdict_on

SUITES = "validation.quality.suite"
AGAIN = "run the checks again"
OPTIONS = (AGAIN, "new candidate", "postpone", "cancel")
REASON = Field("reason", "Reason", required_for=OPTIONS[1:])


@dataclass(frozen=True, slots=True)
class Weighed:
    """One suite as the gate sees it. ``against`` is empty when it lets the release through."""

    task: PlannedTask
    result: str
    against: tuple[str, ...] = ()


async def gate(release: Release, task: PlannedTask) -> Result:
    """Green, waived by who may until Day 0 at least, or only informing; else it asks."""
    weighed = [weigh(release, suite) for suite in release.plan.rows(SUITES)]
    evidence: dict[str, Any] = {"results": {one.task.id: one.result for one in weighed}}
    reasons = against(release)
    if reasons:
        return _shut(release, task, reasons, [one.task.id for one in weighed if one.against])
    signed = await decide_gate(release, task)
    return Done({**evidence, **signed.evidence}) if isinstance(signed, Done) else signed


def against(release: Release) -> tuple[str, ...]:
    """Every result that does not let the release through; none where nothing weighs them."""
    if not release.plan.rows("validation.quality.gate"):
        return ()
    return tuple(
        f"{one.task.title}: {why}"
        for one in (weigh(release, suite) for suite in release.plan.rows(SUITES))
        for why in one.against
    )


def weigh(release: Release, suite: PlannedTask) -> Weighed:
    """What the ledger says of one suite; nothing said is red."""
    reason = does_not_apply(release, suite)
    if reason is not None:
        return Weighed(suite, f"not applicable: {reason}")
    record = release.view.record(suite.id)
    if record is None or record.outcome == "failed":
        return Weighed(suite, "no result", ("it has no result for this package",))
    if record.outcome == "skipped":
        return Weighed(suite, f"skipped: {'; '.join(record.reasons)}")
    evidence = record.evidence
    if evidence.get("attested_by"):
        return Weighed(suite, f"attested by {evidence['attested_by']}")
    if evidence.get("waived_by"):
        return _waived(release, suite, record)
    outcome = str(evidence.get("outcome", ""))
    informs = bool(evidence.get("red_but_only_informs"))
    if informs or outcome in (Outcome.PASS.value, Outcome.MARGINAL.value):
        return Weighed(suite, f"{outcome}{', only informs' if informs else ''}")
    return Weighed(suite, outcome or "unknown", (f"it says {outcome or 'nothing'}",))


def _waived(release: Release, suite: PlannedTask, record: Record) -> Weighed:
    given = [w for w in release.view.waivers if w["task"] == suite.id and w["seq"] <= record.seq]
    if not given:
        return Weighed(suite, "waived", ("its waiver is not in the ledger",))
    data = given[-1]
    try:
        until = end_of(str(data.get("until")))
    except InputError as problem:
        return Weighed(suite, "waived", (str(problem),))
    waiver = Waiver(
        id=f"{suite.id}#{data['seq']}",
        check=suite.id,
        person=str(data["by"]),
        at=datetime.fromisoformat(data["at"]),
        until=until,
        reason=str(data.get("reason") or ""),
        package=str(record.package or ""),
    )
    verdict = verdict_on(release, waiver, waivable_by(release, suite))
    return Weighed(suite, verdict.reasons[0], () if verdict.passed else verdict.reasons)


def waivable_by(release: Release, suite: PlannedTask) -> tuple[str, ...]:
    """The roles that may waive this suite."""
    settings = release.policy.quality.get(str(suite.args.get("suite")))
    return settings.waivable_by if settings else ()


def _shut(release: Release, task: PlannedTask, reasons: tuple[str, ...], red: list[str]) -> Result:
    """Ask what to do. No signature and no waiver opens the gate over a result that is red."""
    answered = [
        asked
        for asked in release.view.questions.values()
        if asked.question["task"] == task.id
        and asked.question["kind"] == "quality"
        and asked.answer is not None
    ]
    if answered:
        answer = release.answer(Question.from_json(answered[-1].question))
        done = any(release.view.cleared.get(one, 0) > answered[-1].seq for one in red)
        if answer is not None and not done:
            return _answered(release, answer, red)
    question = Question(
        task=task.id,
        kind="quality",
        title=f"{task.title}: {len(reasons)} against",
        facts={
            "round": len(answered),
            "reasons": list(reasons),
            "package": release.view.package,
        },
        options=OPTIONS,
        roles=task.owners,
        fields=(REASON,),
    )
    return Ask(question)


def _answered(release: Release, answer: Answer, red: list[str]) -> Result:
    if answer.option == AGAIN:
        release.record(
            "task.cleared",
            key=f"suites#{answer.at.isoformat()}",
            by=answer.by,
            tasks=red,
            reason=answer.reason,
        )
        return Wait("the checks run again", every=1.0)
    if answer.option == "new candidate":
        return new_candidate(release, answer)
    if answer.option in ("postpone", "cancel"):
        return end_for(release, answer)
    return Fail((f"{answer.option!r} is not an answer to the quality gate",))
