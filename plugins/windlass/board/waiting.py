"""Whom a release waits for, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windlass.board.snapshot import Snapshot
from windlass.errors import InputError
from windlass.ledger.views.release import Asked
from windlass.tasks.answering import check, may_answer
from windlass.tasks.people import person_called
from windlass.tasks.question import Question


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that nobody has answered yet. ``mine``: the one who looks may answer it."""

    release: str
    name: str
    task: str
    question: str
    kind: str
    title: str
    options: tuple[str, ...]
    who: tuple[str, ...]
    roles: tuple[str, ...]
    mine: bool
    since: datetime


def waits_of(release: Snapshot, user: str) -> tuple[Waiting, ...]:
    """Every open question of ``release``, oldest first, as ``user`` (an Airflow id) sees it."""
    me = person_called(release.product, user)
    return tuple(_waiting(release, asked, me) for asked in release.view.open_questions())


def _waiting(release: Snapshot, asked: Asked, me: str) -> Waiting:
    question = Question.from_json(asked.question)
    who = who_may(release, question)
    return Waiting(
        release=release.id,
        name=release.name,
        task=question.task,
        question=question.id,
        kind=question.kind,
        title=question.title,
        options=question.options,
        who=who,
        roles=question.roles or ("captain",),
        mine=me in who,
        since=asked.at,
    )


def who_may(release: Snapshot, question: Question) -> tuple[str, ...]:
    """Whose answer would be taken now; nobody at all means that the question cannot be met."""
    return tuple(name for name in release.product.people if _may(release, question, name))


def _may(release: Snapshot, question: Question, name: str) -> bool:
    """Asked as it will be when they answer: a seat also looks at who signed the others."""
    try:
        if question.kind == "seat":
            check(release, question.id, question.options[0], by=name)
        else:
            may_answer(release, question, name)
    except InputError:
        return False
    return True
