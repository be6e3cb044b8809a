"""The verbs: hold, resume, abort, postpone, cancel, handover, drop, stop-line, resume-line."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from windlass.cli import session
from windlass.errors import InputError
from windlass.tasks import line, overriding
from windlass.tasks import verbs as doing

Name = Annotated[str, typer.Argument(help="The release: its id, or its product if one is open.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the record.")]
Product = Annotated[str, typer.Argument(help="Product, or * for all.")]
Environment = Annotated[str, typer.Option(help="Environment, or * for all.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (hold, resume, abort, postpone, cancel, handover, drop, override):
        app.command()(command)
    app.command("stop-line")(stop_line)
    app.command("resume-line")(resume_line)


def hold(release: Name, reason: Reason) -> None:
    """Stay at this step and keep watching."""
    doing.hold(session.release(release), by=session.whoever(), reason=reason)
    typer.echo("held")


def resume(release: Name, reason: Reason) -> None:
    """Go on after a hold."""
    doing.resume(session.release(release), by=session.whoever(), reason=reason)
    typer.echo("goes on")


def abort(release: Name, reason: Reason) -> None:
    """Roll back what is exposed, now, in this process; works while Airflow is down."""
    found = session.release(release)
    asyncio.run(doing.abort(found, by=session.whoever(), reason=reason))
    for target, put_back in found.view.reverted.items():
        typer.echo(f"{target}: back to {put_back['back_to']}")
    for target in found.view.one_way:
        if target in found.view.exposed and target not in found.view.reverted:
            typer.echo(f"{target}: no way back; execution.settle brings it forward")


def postpone(
    release: Name,
    reason: Reason,
    to: Annotated[str | None, typer.Option(help="Instant with zone; none: the next Day 0.")] = None,
) -> None:
    """Move Day 0, before production; everything that was announced moves with it."""
    found = session.release(release)
    at = asyncio.run(doing.postpone(found, by=session.whoever(), reason=reason, to=_instant(to)))
    typer.echo(f"postponed to {at.isoformat()}")


def cancel(release: Name, reason: Reason) -> None:
    """End before production; what was opened is closed."""
    doing.cancel(session.release(release), by=session.whoever(), reason=reason)
    typer.echo("cancelled")


def handover(
    release: Name, to: Annotated[str, typer.Argument(help="Who.")], reason: Reason
) -> None:
    """Make somebody else the captain."""
    doing.hand_over(session.release(release), by=session.whoever(), to=to, reason=reason)
    typer.echo(f"{to} is the captain")


def drop(
    release: Name, item: Annotated[str, typer.Argument(help="Tracker key.")], reason: Reason
) -> None:
    """Take an item out of scope before the cut."""
    doing.drop(session.release(release), by=session.whoever(), item=item, reason=reason)
    typer.echo(f"{item} is out")


def override(
    release: Name,
    target: Annotated[str, typer.Argument(help="Name of a freeze or holiday, or: window.")],
    reason: Reason,
    role: Annotated[str | None, typer.Option(help="In which role; none: one that may.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Instant with zone; none: a day after Day 0.")
    ] = None,
) -> None:
    """Let this one release through a freeze, a holiday or the hours, for a while."""
    done = overriding.override(
        session.release(release),
        target,
        by=session.whoever(),
        reason=reason,
        role=role,
        until=_instant(until, "--until"),
    )
    typer.echo(f"{target} is overridden until {done.until.isoformat()} ({done.role})")


def stop_line(product: Product, reason: Reason, environment: Environment = "*") -> None:
    """Stop every rollout of a product, an environment, or everything. Anybody may."""
    line.stop(
        session.ledger(),
        product=product,
        environment=environment,
        by=session.whoever(),
        reason=reason,
        at=session.now(),
    )
    typer.echo("stopped")


def resume_line(product: Product, environment: Environment = "*") -> None:
    """Agree to resume; the line moves again when enough people have."""
    agreed = line.agree_to_resume(
        session.ledger(),
        product=product,
        environment=environment,
        by=session.whoever(),
        at=session.now(),
    )
    typer.echo(f"agreed: {', '.join(agreed)} ({len(agreed)} of {line.QUORUM})")


def _instant(text: str | None, option: str = "--to") -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(f"{option} {text!r} is not an instant with its zone")
    return instant
