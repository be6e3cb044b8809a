"""``windlass standing``: sign ahead for plain releases, end that, see what is in force."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from windlass.cli import screen, session
from windlass.decisions.standing import LONGEST, StandingApproval
from windlass.errors import InputError
from windlass.spec.loader import load_product
from windlass.tasks.gates import standing as kept
from windlass.tasks.teams import publish

standing_app = typer.Typer(
    help="Standing approvals: signed ahead, for 90 days at most.", no_args_is_help=True
)
ProductFile = Annotated[str, typer.Argument(help="Product name or YAML file.")]
ProductName = Annotated[str, typer.Argument(help="Product name.")]


def add_to(app: typer.Typer) -> None:
    """Add ``windlass standing``."""
    app.add_typer(standing_app, name="standing")


@standing_app.command()
def give(
    product: ProductFile,
    gate: Annotated[str, typer.Argument(help="quality, acceptance or readiness.")],
    role: Annotated[str, typer.Argument(help="The role of the seat; you must hold it.")],
    release_type: Annotated[list[str], typer.Option("--type", help="Release type; repeat.")],
    max_risk: Annotated[int, typer.Option(min=0, max=100, help="Highest risk score.")],
    days: Annotated[int, typer.Option(min=1, help="How long it lasts.")] = LONGEST.days,
    migrations: Annotated[bool, typer.Option(help="Also for releases that migrate.")] = False,
    red: Annotated[bool, typer.Option(help="Also when a check was waived.")] = False,
) -> None:
    """Sign ahead, as ``WINDLASS_USER`` or whoever is logged in."""
    found = load_product(session.product_file(product))
    unknown = [name for name in release_type if name not in found.release_types]
    if unknown:
        raise InputError(f"no release type {unknown[0]!r}; known: {', '.join(found.release_types)}")
    book, now, by = session.ledger(), session.now(), session.whoever()
    publish(book, found, at=now, by=by)
    signed = StandingApproval(
        id=_new_id(gate, role, by, now),
        gate=gate,
        role=role,
        person=by,
        signed_at=now,
        until=now + timedelta(days=days),
        release_types=tuple(release_type),
        max_risk=max_risk,
        no_migration=not migrations,
        all_green=not red,
        products=(found.product,),
    )
    kept.give(book, found.product, signed)
    typer.echo(f"{signed.id}: until {signed.until.date()}")


def _new_id(gate: str, role: str, by: str, now: datetime) -> str:
    return f"{gate}-{role}-{by}-{now:%Y%m%d%H%M%S}"


@standing_app.command("list")
def list_(
    product: ProductName,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of a table.")] = False,
) -> None:
    """The standing approvals that nobody has ended and that have not run out."""
    now = session.now()
    given = [s for s in kept.in_force(session.ledger(), product) if s.until > now]
    if as_json:
        typer.echo(json.dumps([_row(each) for each in given], indent=2))
        return
    table = Table("id", "seat", "signed by", "for", "until")
    for each in given:
        row = _row(each)
        table.add_row(row["id"], f"{each.gate}: {each.role}", each.person, row["for"], row["until"])
    screen.console().print(table if given else f"{product} has no standing approval in force.")


def _row(each: StandingApproval) -> dict[str, str]:
    conditions = [", ".join(each.release_types), f"risk at most {each.max_risk}"]
    conditions += ["no migration"] if each.no_migration else []
    conditions += ["all checks green"] if each.all_green else []
    return {
        "id": each.id,
        "gate": each.gate,
        "role": each.role,
        "by": each.person,
        "for": "; ".join(conditions),
        "until": each.until.date().isoformat(),
    }


@standing_app.command()
def end(
    product: ProductName,
    approval: Annotated[str, typer.Argument(help="Its id, as list shows it.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
) -> None:
    """End a standing approval: from now on people are asked again."""
    kept.end(
        session.ledger(),
        product,
        approval,
        by=session.whoever(),
        reason=reason,
        at=session.now(),
    )
    typer.echo(f"{approval} is ended")
