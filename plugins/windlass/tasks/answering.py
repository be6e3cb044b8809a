"""What people answer, checked when they answer: one door for Airflow, the CLI and the runner.

Who may answer is decided at this moment, from the teams as they are now, not as they were planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from windlass.decisions.signatures import Said, Signature, Via
from windlass.decisions.waivers import Waiver
from windlass.errors import InputError
from windlass.ledger.views.release import Asked
from windlass.tasks.gates.deciding import shown, would_count
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.teams import holders, who_holds, who_holds_at
from windlass.tasks.validation.waiving import end_of, verdict_on, waiver_package

if TYPE_CHECKING:
    from windlass.ledger.event import Entry

#: Questions whose answer counts by the role it is given in; being the captain is no role.
NOT_FOR_THE_CAPTAIN = frozenset({"seat", "rejected", "start"})


def answer(
    release: Release,
    question_id: str,
    option: str,
    *,
    by: str,
    at: datetime,
    fields: Mapping[str, str] | None = None,
    via: Via = Via.ANSWER,
) -> None:
    """Write an answer down. A second answer to the same question is refused.

    Args:
        by: the person's short name in teams.yaml.
        via: an answer (Required Actions, the board, the CLI) or a mark of the task.

    Raises:
        InputError: no such question, answered already, not an option, a field is missing, or the
            person may not answer; the message says which and what is allowed.
    """
    question, role = check(release, question_id, option, by=by, fields=fields)
    answered: dict[str, Any] = {
        "question": question.id,
        "task": question.task,
        "option": option,
        "fields": _given(fields),
        "role": role,
        "via": via.value,
    }
    entries: list[Entry] = [("question.answered", answered, f"answered#{question.id}")]
    if question.kind == "seat":
        entries.insert(0, _signature(question, answered, at))
    release.record_together(entries, by=by)


def check(
    release: Release,
    question_id: str,
    option: str,
    *,
    by: str,
    fields: Mapping[str, str] | None = None,
) -> tuple[Question, str]:
    """Whether this answer would be taken; writes nothing. Returns the question and the role.

    Raises:
        InputError: as :func:`answer`.
    """
    question = Question.from_json(_find(release, question_id).question)
    _check_option(question, option, _given(fields))
    role = may_answer(release, question, by)
    if question.kind == "seat":
        _check_seat(release, question, option, role=role, by=by)
    if option != "waive":
        return question, role
    role = _may_waive(release, question, by)
    _check_waiver(release, question, by=by, fields=_given(fields))
    return question, role


def _check_seat(release: Release, question: Question, option: str, *, role: str, by: str) -> None:
    """Refuse an answer that would count for nothing: excluded, stale, one seat too many."""
    signature = Signature(
        gate=str(question.facts["gate"]),
        role=role,
        person=by,
        at=release.now(),
        said=Said.APPROVE if option == "Approve" else Said.REJECT,
        binds=shown(question.facts),
    )
    verdict = would_count(release, signature)
    if not verdict.passed:
        raise InputError(f"{by} may not sign {question.title!r}: {'; '.join(verdict.reasons)}")


def shown_by(release: Release, task_id: str) -> Asked | None:
    """The open question that ``task_id`` shows: its own, else that of a task before it.

    A task that finds something missing before it does that first, and shows what that asks.
    """
    open_ones = {str(asked.question["task"]): asked for asked in release.view.open_questions()}
    before = {task.id: task.after for task in release.plan.tasks}
    seen, left = set[str](), [task_id]
    while left:
        name = left.pop(0)
        if name in open_ones:
            return open_ones[name]
        if name not in seen:
            seen.add(name)
            left += before.get(name, ())
    return None


def _given(fields: Mapping[str, str] | None) -> dict[str, str]:
    return {name: text.strip() for name, text in (fields or {}).items() if text.strip()}


def may_answer(release: Release, question: Question, by: str) -> str:
    """The role in which ``by`` may answer.

    Raises:
        InputError: they may not; says who may.
    """
    captain = release.view.captain
    if question.kind not in NOT_FOR_THE_CAPTAIN and by == captain:
        return "captain"
    known, now = holders(release), release.now()
    for role in question.roles:
        if by in known.at(role, now):
            return role
    if not question.roles:
        raise InputError(f"{by} may not answer {question.title!r}: only the captain, {captain}")
    who = ", ".join(
        f"{role}: {', '.join(who_holds_at(known, role, now)) or 'nobody'}"
        for role in question.roles
    )
    raise InputError(f"{by} may not answer {question.title!r}; those who may: {who}")


def _may_waive(release: Release, question: Question, by: str) -> str:
    """The role in which ``by`` waives; being the captain is not enough.

    Raises:
        InputError: they hold none of the roles that may.
    """
    allowed = _waiving_roles(question)
    for role in allowed:
        if by in who_holds(release, role):
            return role
    who = ", ".join(allowed) or "nobody"
    raise InputError(f"{by} may not waive {question.title!r}; only: {who}")


def _check_waiver(
    release: Release, question: Question, *, by: str, fields: Mapping[str, str]
) -> None:
    """A waiver that could not open the gate is refused now, not found out there.

    Raises:
        InputError: its end is no date, too far away or before Day 0; says what is allowed.
    """
    waiver = Waiver(
        id=f"{question.task}#given",
        check=question.task,
        person=by,
        at=release.now(),
        until=end_of(fields.get("until", "")),
        reason=fields.get("reason", ""),
        package=waiver_package(release),
    )
    verdict = verdict_on(release, waiver, _waiving_roles(question))
    if not verdict.passed:
        raise InputError("; ".join(verdict.reasons))


def _waiving_roles(question: Question) -> tuple[str, ...]:
    return tuple(str(role) for role in question.facts.get("waivable_by", question.roles))


def _find(release: Release, question_id: str) -> Asked:
    asked = release.view.questions.get(question_id)
    if asked is None:
        raise InputError(
            f"no question {question_id!r} in {release.id}; this may have changed while you read: "
            "open it again"
        )
    if asked.answer is not None:
        raise InputError(f"already answered by {asked.by}: {asked.answer['option']}")
    return asked


def _check_option(question: Question, option: str, fields: Mapping[str, str]) -> None:
    if option not in question.options:
        raise InputError(f"{option!r} is not an answer; allowed: {', '.join(question.options)}")
    for field in question.fields:
        if option in field.required_for and field.name not in fields:
            raise InputError(f"{option!r} needs {field.name!r}: {field.label}")
    if "until" in fields:
        _check_date(fields["until"])


def _check_date(text: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"until: {text!r} is not a date; write it as 2026-12-31") from None


def _signature(question: Question, answered: Mapping[str, Any], at: datetime) -> Entry:
    approved, fields = answered["option"] == "Approve", answered["fields"]
    data = {
        "task": question.task,
        "gate": question.facts["gate"],
        "role": answered["role"],
        "said": "approve" if approved else "reject",
        "binds": question.facts["binds"],
        "reason": fields.get("reason", ""),
        "condition": fields.get("condition", ""),
        "via": answered["via"],
        "signed_at": at.isoformat(),
    }
    kind = "signature.given" if approved else "signature.rejected"
    return kind, data, f"signature#{question.id}"
