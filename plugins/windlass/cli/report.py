"""``report``: write a release's report again, from the ledger as it is now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from windlass.cli import session
from windlass.tasks.follow_up.owing import pay
from windlass.tasks.follow_up.reporting import report_of, reports_folder, write_report
from windlass.tasks.release import Release


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(report)
    app.command("review-held")(review_held)


def report(
    release: Annotated[str, typer.Argument(help="The release: its id, or its product.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; none: the product's folder of reports.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Paths as JSON.")] = False,
) -> None:
    """Write the report of a release, ended or not, as HTML and Markdown."""
    found = session.release(release)
    outcome, why = _how(found)
    page = report_of(found, outcome, why)
    written = write_report(found, page, reports_folder(found) if out is None else out)
    typer.echo(json.dumps(written, indent=2) if as_json else "\n".join(written.values()))


def _how(release: Release) -> tuple[str, str]:
    """How it ended, or what it waits for."""
    view = release.view
    if view.outcome is not None:
        return view.outcome, str((view.ended or {}).get("why") or "")
    waits = [str(wait["reason"]) for wait in view.waiting.values()]
    asks = [str(asked.question["title"]) for asked in view.open_questions()]
    return "in progress", "; ".join((*asks, *waits)[:3])


def review_held(
    release: Annotated[str, typer.Argument(help="The release that owes its review.")],
    notes: Annotated[str, typer.Option(help="What it found, or where that is written down.")],
) -> None:
    """Say that the review a release owes was held."""
    book = session.ledger()
    name = session.release_id(book, release)
    pay(book, name, by=session.whoever(), notes=notes, at=session.now())
    typer.echo(f"{name}: the review was held")
