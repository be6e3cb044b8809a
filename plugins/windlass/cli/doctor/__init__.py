"""``windlass doctor``: can releases run here, and if not, what is to be done."""

from __future__ import annotations

import asyncio
import json
import platform
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import windlass
from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.cli import FINDING, screen, session
from windlass.cli.doctor.airflow_checks import check_airflow
from windlass.cli.doctor.airflow_facts import read_airflow
from windlass.cli.doctor.finding import Finding, Level, broken, fine
from windlass.cli.doctor.ledger_checks import check_ledger
from windlass.cli.doctor.project_checks import check_connections, read_project
from windlass.cli.doctor.watch_checks import check_watch
from windlass.errors import NotConfigured, WindlassError
from windlass.ports.connection import ConnectionInfo
from windlass.spec.product import Product

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False) -> None:
    """Check ledger, files, connections, users and Airflow; each line with a way to fix it."""
    findings = [*examine(Path.cwd())]
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in findings], indent=2))
    else:
        print_findings(screen.console(), findings)
    if any(finding.level is Level.FAIL for finding in findings):
        raise typer.Exit(FINDING)


def examine(here: Path) -> Iterator[Finding]:
    """Everything, in the order in which it is best put right."""
    facts = read_airflow()
    yield fine("windlass", f"{windlass.__version__}, Python {platform.python_version()}")
    products, files = read_project(here, session.now())
    yield from check_airflow(facts, people_of(products))
    yield from _ledger(facts.executor if facts else "in-process")
    yield from files
    yield from check_connections(products, connect)
    if facts is not None:
        yield from asyncio.run(check_watch(_api()))


def people_of(products: Sequence[Product]) -> dict[str, str]:
    """Short name → Airflow user id, of everybody who may have to sign."""
    return {
        name: person.airflow or name
        for product in products
        for name, person in product.people.items()
    }


def connect(connection_id: str) -> ConnectionInfo:
    """A connection from the environment, or from Airflow where there is one."""
    if find_spec("airflow") is None:
        from windlass.adapters import environment_connections

        return environment_connections.connect(connection_id)
    return session.connect(connection_id)


def _ledger(executor: str) -> Iterator[Finding]:
    try:
        url = session.ledger_url()
    except WindlassError as problem:
        yield broken("ledger", str(problem), "set WINDLASS_LEDGER_URL")
        return
    yield from check_ledger(url, executor)


def _api() -> AirflowApi | None:
    try:
        return AirflowApi(connect(CONNECTION))
    except NotConfigured:
        return None


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """A table; what people wrote is shown as it is, never as markup."""
    table = Table("", "what", "found", box=None, pad_edge=False)
    for finding in findings:
        found = Text(finding.found)
        if finding.fix:
            found.append(f"\n→ {finding.fix}", style="bold")
        level = Text(finding.level.value, style=COLOURS[finding.level])
        table.add_row(level, Text(finding.what), found)
    console.print(table)
    bad = sum(finding.level is Level.FAIL for finding in findings)
    console.print(f"{bad} to put right" if bad else "Releases can run here.")
