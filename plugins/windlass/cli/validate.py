"""``windlass validate``: every problem of every file, each with its line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from windlass.cli import FINDING, session
from windlass.errors import InputError
from windlass.plan.checking import Checked, check_product


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(validate)


def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Products or folders; none: include/products.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False,
) -> None:
    """Read products with their company, teams and calendars, and plan each of their releases."""
    now = session.now()
    checked = [check_product(path, now) for path in product_files(paths or [Path()])]
    if as_json:
        typer.echo(json.dumps([one.to_json() for one in checked], indent=2))
    else:
        for line in _lines(checked):
            typer.echo(line)
    if any(one.problems for one in checked):
        raise typer.Exit(FINDING)


def product_files(paths: Iterable[Path]) -> list[Path]:
    """The products that ``paths`` name: files, or folders that hold some.

    Raises:
        InputError: a path is not there, or a folder holds no product.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_file():
            found.append(path)
            continue
        folders = (path / "include" / "products", path / "products", path)
        inside = next((files for folder in folders if (files := _yaml(folder))), None)
        if not path.is_dir() or inside is None:
            raise InputError(
                f"no product in {path}: name a file, or a folder with include/products"
            )
        found += inside
    return list(dict.fromkeys(found))


def _yaml(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.y*ml") if path.is_file())


def _lines(checked: list[Checked]) -> list[str]:
    lines = list(dict.fromkeys(problem for one in checked for problem in one.problems))
    for one in checked:
        if not one.problems:
            tasks = ", ".join(f"{name} ({count} tasks)" for name, count in one.tasks.items())
            lines.append(f"{one.file}: fine: {tasks}")
    problems = sum(len(one.problems) for one in checked)
    if problems:
        bad = sum(bool(one.problems) for one in checked)
        lines.append(f"{problems} problem{'s' if problems > 1 else ''} in {bad} of {len(checked)}")
    return lines
