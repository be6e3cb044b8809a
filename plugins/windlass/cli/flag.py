"""``windlass flag``: the kill switch of a feature flag."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from windlass.cli import session
from windlass.ports.flags import FlagState
from windlass.spec.loader import load_product
from windlass.tasks import flagging

flag_app = typer.Typer(help="Feature flags.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add ``windlass flag``."""
    app.add_typer(flag_app, name="flag")


@flag_app.callback()
def flag() -> None:
    """Feature flags."""


@flag_app.command()
def kill(
    product: Annotated[str, typer.Argument(help="Product name or YAML file.")],
    name: Annotated[str, typer.Argument(metavar="FLAG", help="The flag's key.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
    environment: Annotated[
        str | None, typer.Option(help="Only there; none: in every live environment.")
    ] = None,
) -> None:
    """Turn a flag off for everybody, now; works inside a freeze and while Airflow is down."""
    found = load_product(session.product_file(product))
    before = asyncio.run(
        flagging.kill(
            session.ledger(),
            session.ports(found).flags,
            found,
            name,
            environment=environment,
            by=session.whoever(),
            reason=reason,
            clock=session.now,
        )
    )
    for place, state in before.items():
        typer.echo(f"{name} is off in {place} (was {_was(state)})")


def _was(state: FlagState | None) -> str:
    if state is None or not state.on:
        return "off"
    audiences = f" and for {', '.join(state.audiences)}" if state.audiences else ""
    return f"on for {state.percent:g} %{audiences}"
