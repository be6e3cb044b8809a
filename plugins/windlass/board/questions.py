"""The open questions of a release, each with what a person must know to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windlass.board.snapshot import Snapshot
from windlass.board.waiting import Waiting, waits_of
from windlass.board.words import covered, named, short, shown
from windlass.plan.release_plan import Form
from windlass.tasks.question import Field, Question

#: Parts of a locked scope, and how a reader calls what is in them.
_PARTS = (
    ("breaking", "breaking"),
    ("delivered", ""),
    ("unplanned", "not planned"),
    ("without_issue", "without an issue"),
    ("dropped", "left out"),
)
#: Facts that tell one asking from the next and help nobody to decide.
_PLUMBING = frozenset({"round", "seat", "gate", "role", "binds", "attempt", "excluded"})


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """A change of the release. ``how`` says what is odd about it; empty for a planned one."""

    key: str
    title: str
    how: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check that was made, as a signer wants to see it."""

    title: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question. ``facts``: name and text; ``binds``: what an answer covers, shortened."""

    wait: Waiting
    facts: tuple[tuple[str, str], ...]
    binds: tuple[tuple[str, str], ...]
    checklist: tuple[str, ...]
    excluded: tuple[tuple[str, str], ...]
    scope: tuple[ScopeItem, ...]
    scope_summary: str
    checks: tuple[Check, ...]
    fields: tuple[Field, ...]


def questions_of(release: Snapshot, user: str) -> tuple[QuestionView, ...]:
    """Every open question; those that ``user`` (an Airflow id) may answer come first."""
    found = [_view(release, wait) for wait in waits_of(release, user)]
    return tuple(sorted(found, key=lambda view: (not view.wait.mine, view.wait.since)))


def _view(release: Snapshot, wait: Waiting) -> QuestionView:
    question = Question.from_json(release.view.questions[wait.question].question)
    facts, seat = question.facts, question.kind == "seat"
    return QuestionView(
        wait=wait,
        facts=_facts(facts),
        binds=tuple((name, covered(bound)) for name, bound in (facts.get("binds") or {}).items()),
        checklist=tuple(str(each) for each in facts.get("checklist") or ()),
        excluded=tuple((str(n), str(why)) for n, why in (facts.get("excluded") or {}).items()),
        scope=scope_items(release) if seat else (),
        scope_summary=str((release.view.scope or {}).get("summary") or "") if seat else "",
        checks=checks_of(release) if seat else (),
        fields=question.fields,
    )


def _facts(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (named(name), short(value) if name == "package" else shown(value))
        for name, value in facts.items()
        if name not in _PLUMBING and name != "checklist" and value not in ("", None, [], {})
    )


def scope_items(release: Snapshot) -> tuple[ScopeItem, ...]:
    """What the release changes, and what it leaves out; once the scope is locked."""
    scope = release.view.scope or {}
    return tuple(
        ScopeItem(str(item.get("key") or ""), str(item.get("title") or ""), how)
        for name, how in _PARTS
        for item in scope.get(name) or ()
    )


def checks_of(release: Snapshot) -> tuple[Check, ...]:
    """The checks of planning and validation that came to an end, in the order of the plan."""
    found = []
    for task in release.plan.tasks:
        record = release.view.record(task.id)
        if task.form is not Form.CHECK or record is None or record.outcome == "skipped":
            continue
        evidence = record.evidence
        state = "waived" if evidence.get("waived_by") else str(evidence.get("outcome") or "done")
        reasons = evidence.get("reasons") or record.reasons
        found.append(Check(task.title, state, "; ".join(str(reason) for reason in reasons)))
    return tuple(found)
