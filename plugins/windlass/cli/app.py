"""The table of commands. What each does is in the module it imports."""

from __future__ import annotations

import typer

from windlass.cli import (
    calendar,
    doctor,
    flag,
    gates,
    init,
    judge,
    ledger,
    live,
    plan,
    report,
    simulate,
    standing,
    validate,
    verbs,
)

app = typer.Typer(
    help="Release windows for Apache Airflow.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for module in (
    init,
    validate,
    plan,
    calendar,
    simulate,
    live,
    gates,
    verbs,
    flag,
    standing,
    report,
    judge,
    ledger,
    doctor,
):
    module.add_to(app)
