"""``windlass plan``: what a release would do, with dates, before any of it exists in Airflow."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.tree import Tree

from windlass.cli import screen, session
from windlass.cli.simulate import calibration_of
from windlass.errors import InputError
from windlass.plan import ReleasePlan, compile_plan
from windlass.plan.dating import Dated, date_milestones, upcoming_day_0
from windlass.plan.inputs import VERSION
from windlass.plan.release_plan import PlannedTask, Rule
from windlass.spec.loader import load_product
from windlass.spec.product import Product

PHASES = {
    "planning": "Planning",
    "validation": "Validation",
    "execution": "Execution",
    "follow_up": "Post-release",
    "release": "End",
}


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(plan)


def plan(
    product: Annotated[str, typer.Argument(help="Name below include/products, or a file.")],
    release_type: Annotated[
        str, typer.Argument(help="major, minor, patch, flag, emergency, rollback.")
    ],
    version: Annotated[str | None, typer.Option(help="The version, when it is known.")] = None,
    day_0: Annotated[
        str | None, typer.Option("--day-0", help="Instant of production; none: the next one due.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False,
) -> None:
    """Every task with its owner and what it waits for, the seats, and the dates."""
    if version is not None and not VERSION.fullmatch(version):
        raise InputError(f"version {version!r} is not MAJOR.MINOR.PATCH, such as 1.4.0")
    found = load_product(session.product_file(product))
    made = compile_plan(found, release_type)
    zero = _instant(day_0) if day_0 else upcoming_day_0(found, release_type, session.now())
    dates = date_milestones(found, made, zero)
    if as_json:
        typer.echo(json.dumps(_json(made, version, zero, dates), indent=2))
        return
    tree = _tree(found, made, version, dates)
    tree.add(f"[dim]earlier forecasts: {escape('; '.join(calibration_of(found).reasons))}[/]")
    screen.console().print(tree)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"--day-0 {text!r} is no instant, such as 2026-12-01T10:00+01:00"
        ) from None
    if instant.tzinfo is None:
        raise InputError(f"--day-0 {text!r} has no time zone; write {text}+00:00 for UTC")
    return instant


def _json(
    made: ReleasePlan, version: str | None, zero: datetime | None, dates: tuple[Dated, ...]
) -> dict[str, object]:
    return {
        **made.to_json(),
        "digest": made.digest,
        "version": version,
        "day_0": zero.isoformat() if zero else None,
        "dates": {one.name: one.at.isoformat() if one.at else None for one in dates},
    }


def _tree(
    product: Product, made: ReleasePlan, version: str | None, dates: tuple[Dated, ...]
) -> Tree:
    policy = product.policy(made.release_type)
    name = escape(f"{product.title or product.product} {version or ''}".strip())
    tree = Tree(f"[bold]{name}[/] · {made.release_type}: {escape(policy.title)}")
    tree.add(f"[dim]{len(made.tasks)} tasks · {made.digest}[/]")
    when = tree.add("Dates")
    for one in dates:
        when.add(f"{one.text} · {one.name}")
    for phase, title in PHASES.items():
        tasks = [task for task in made.tasks if task.phase == phase]
        if tasks:
            branch = tree.add(f"[bold]{title}[/] [dim]({len(tasks)})[/]")
            for task in tasks:
                branch.add(_line(task))
    if made.not_applicable:
        missing = tree.add("[dim]Not applicable[/]")
        for row, reason in made.not_applicable.items():
            missing.add(f"[dim]{row}: {escape(reason)}[/]")
    return tree


def _line(task: PlannedTask) -> str:
    words = [escape(task.title), f"[dim]{task.id} · {', '.join(task.owners)}[/]"]
    condition = task.args.get("only_if") or task.args.get("decides")
    if condition:
        words.append(f"[yellow]only if {str(condition).replace('_', ' ')}[/]")
    if task.rule is Rule.ALL_DONE:
        words.append("[dim]whatever happens[/]")
    return "  ".join(words)
