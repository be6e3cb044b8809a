"""``status`` and ``live``: what goes on, and what is live where."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from windlass.cli import FINDING, screen, session
from windlass.ledger.views.folding import fold
from windlass.ledger.views.live import LIVE_TYPES, fold_live
from windlass.ports.deployments import Artifact
from windlass.spec.loader import load_product
from windlass.tasks import adopting
from windlass.tasks.line import stopped_lines

AsJson = Annotated[bool, typer.Option("--json", help="Plain JSON instead of a table.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(status)
    app.command()(live)
    app.command()(adopt)
    app.command()(lift)


def status(
    release: Annotated[str | None, typer.Argument(help="Id, product, or all open ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open releases: phase, what each waits for, and since when."""
    book = session.ledger()
    names = (
        [session.release_id(book, release)]
        if release
        else [info.stream for info in book.streams(open_only=True)]
    )
    rows = [_status(book, name) for name in names]
    lines = [line.reason for line in stopped_lines(book)]
    if as_json:
        typer.echo(json.dumps({"releases": rows, "stopped": lines}, indent=2))
        return
    table = Table("release", "version", "captain", "now", "waits for")
    for row in rows:
        table.add_row(row["release"], row["version"] or "–", row["captain"] or "–", *_now(row))
    screen.console().print(table if rows else "No release is open.")


def _status(book: Any, name: str) -> dict[str, Any]:
    view = fold(name, book.events(name))
    return {
        "release": name,
        "version": view.version,
        "captain": view.captain,
        "outcome": view.outcome,
        "over": view.over,
        "held": dict(view.hold) if view.hold else None,
        "exposed": dict(view.exposed),
        "waiting": {task: wait["reason"] for task, wait in view.waiting.items()},
        "asks": [asked.question["title"] for asked in view.open_questions()],
    }


def _now(row: dict[str, Any]) -> tuple[str, str]:
    exposed = ", ".join(f"{target} {share:g} %" for target, share in row["exposed"].items())
    waits = [*row["asks"], *(f"{task}: {why}" for task, why in row["waiting"].items())]
    return row["over"] or exposed or "before production", "\n".join(waits[:5])


def live(
    product: Annotated[str, typer.Argument(help="Product name.")], as_json: AsJson = False
) -> None:
    """What is live where, by the ledger, and which versions are blocked."""
    view = fold_live(session.ledger().select(LIVE_TYPES, product=product))
    rows = {
        target: {"version": history[-1].version, "since": history[-1].since.isoformat()}
        for target, history in view.history.items()
    }
    if as_json:
        typer.echo(json.dumps({"live": rows, "blocked": view.blocked}, indent=2))
        return
    table = Table("target", "version", "since")
    for target, row in rows.items():
        table.add_row(target, row["version"], row["since"])
    console = screen.console()
    console.print(table if rows else f"The ledger knows nothing of {product} that is live.")
    for version, reason in view.blocked.items():
        console.print(f"{version} is blocked: {reason}", markup=False)
    if not rows:
        raise typer.Exit(FINDING)


def adopt(
    product: Annotated[str, typer.Argument(help="Product name or YAML file.")],
    target: Annotated[str, typer.Argument(help="Such as production/eu-west.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    package: Annotated[
        Path | None, typer.Option(help="The package of what is live, for a rollback to it.")
    ] = None,
    sha: Annotated[str | None, typer.Option(help="The commit it was built from.")] = None,
) -> None:
    """Take up what is live on a target although no release put it there."""
    found = load_product(session.product_file(product))
    deployments = session.ports(found).deployments
    version = asyncio.run(deployments.current(target)).stable
    artifact = _artifact(str(version), package) if package else None
    adopted = asyncio.run(
        adopting.adopt(
            session.ledger(),
            deployments,
            product=found.product,
            target=target,
            artifact=artifact,
            by=session.whoever(),
            reason=reason,
            at=session.now(),
            sha=sha,
        )
    )
    typer.echo(f"{target} serves {adopted}: taken up")


def _artifact(version: str, package: Path) -> Artifact:
    from windlass.adapters.package_store import digest_of

    return Artifact(version, str(package.resolve()), digest_of(package.read_bytes()))


def lift(
    product: Annotated[str, typer.Argument(help="Product name.")],
    version: Annotated[str, typer.Argument(help="The blocked version.")],
    reason: Annotated[str, typer.Option(help="Why it may go out again.")],
) -> None:
    """Let a blocked version out again."""
    adopting.lift(
        session.ledger(),
        product=product,
        version=version,
        by=session.whoever(),
        reason=reason,
        at=session.now(),
    )
    typer.echo(f"{product} {version} is no longer blocked")
