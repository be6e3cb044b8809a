"""``gates`` and ``answer``: what waits for whom, and answering it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from windlass.cli import screen, session
from windlass.errors import InputError
from windlass.ledger.views.release import Asked
from windlass.tasks.answering import answer as write_answer
from windlass.tasks.answering import may_answer
from windlass.tasks.opening import take_up
from windlass.tasks.question import Question
from windlass.tasks.release import Release


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(gates)
    app.command()(answer)


def gates(
    release: Annotated[str | None, typer.Option(help="Only this release.")] = None,
    mine: Annotated[str | None, typer.Option(help="Only what this person may answer.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False,
) -> None:
    """What waits for whom, since when: required approvals, red checks, forms."""
    book = session.ledger()
    names = (
        [session.release_id(book, release)]
        if release
        else [info.stream for info in book.streams(open_only=True)]
    )
    rows: list[dict[str, Any]] = []
    for name in names:
        each = take_up(book, name, connect=session.ports, clock=session.now)
        rows += [_row(each, asked) for asked in each.view.open_questions()]
    if mine is not None:
        rows = [row for row in rows if mine in row["who"]]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("question", "asks", "who may answer", "since", "answers")
    for row in rows:
        who = ", ".join(row["who"]) or "nobody: unmeetable"
        table.add_row(row["id"], row["title"], who, row["since"], " · ".join(row["options"]))
    screen.console().print(table if rows else "Nobody is waited for.")


def _row(release: Release, asked: Asked) -> dict[str, Any]:
    question = Question.from_json(asked.question)
    excluded = question.facts.get("excluded") or {}
    return {
        "release": release.id,
        "id": question.id,
        "title": question.title,
        "options": list(question.options),
        "who": [
            name
            for name in release.product.people
            if _may(release, question, name) and name not in excluded
        ],
        "since": asked.at.isoformat(timespec="minutes"),
        "facts": dict(question.facts),
    }


def _may(release: Release, question: Question, name: str) -> bool:
    try:
        may_answer(release, question, name)
    except InputError:
        return False
    return True


def answer(
    release: Annotated[str, typer.Argument(help="The release.")],
    question: Annotated[str, typer.Argument(help="The question's id, or its task's id.")],
    option: Annotated[str, typer.Argument(help="One of its answers.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    condition: Annotated[str, typer.Option(help="What would change your mind.")] = "",
    until: Annotated[str, typer.Option(help="Until when a waiver holds (date).")] = "",
) -> None:
    """Answer a question, as ``WINDLASS_USER`` or whoever is logged in."""
    found = session.release(release)
    ids = [
        str(asked.question["id"])
        for asked in found.view.open_questions()
        if question in (asked.question["id"], asked.question["task"])
    ]
    write_answer(
        found,
        ids[0] if len(ids) == 1 else question,
        option,
        by=session.whoever(),
        at=session.now(),
        fields={"reason": reason, "condition": condition, "until": until},
    )
    typer.echo(f"{session.whoever()}: {option}")
