"""Everything that can be known to be wrong with a product before any release of it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from windlass.decisions.cadence import next_start
from windlass.errors import InputError, PlanError
from windlass.plan.calendar_problems import calendar_problems
from windlass.plan.calendars import years_around
from windlass.plan.compiling import compile_plan
from windlass.plan.schedules import live_names, schedule_of
from windlass.spec.loader import read_product, shown
from windlass.spec.locate import locate
from windlass.spec.product import Product
from windlass.spec.project import find_project
from windlass.spec.source import Path_, read_yaml


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a product's file gave; ``tasks``: release type → size of its plan."""

    file: str
    product: str | None = None
    problems: tuple[str, ...] = ()
    tasks: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def check_product(path: Path, now: datetime) -> Checked:
    """Read the product, compile every plan, and look whether its calendar ever lets it out."""
    file = shown(path.absolute())
    read = read_product(path)
    if read.product is None:
        return Checked(file, problems=read.problems)
    product = read.product
    tasks: dict[str, int] = {}
    problems = list(_never(product, path, now))
    for name in product.release_types:
        try:
            tasks[name] = len(compile_plan(product, name).tasks)
        except PlanError as error:
            problems += [_at(path, ("release_types", name), what) for what in error.problems]
    return Checked(file, product.product, tuple(problems), tasks)


def _never(product: Product, path: Path, now: datetime) -> list[str]:
    """Why the product's own releases would never start."""
    wrong = list(calendar_problems(product.calendar, now))
    if wrong:
        name = f"{product.calendar.calendar}.yaml"
        file = find_project(path.absolute()).include / "calendars" / name
        return [_at(file, place, what) for place, what in wrong]
    calendar = years_around(product.calendar, now, live_names(product))
    if product.cadence is None:
        return []
    try:
        start = next_start(schedule_of(product, product.cadence.drives, calendar), now)
    except InputError as error:
        return [_at(path, ("cadence",), str(error))]
    if start is None and not product.cadence.dates:
        return [_at(path, ("cadence",), "never meets an open window; look at windows and freezes")]
    return []


def _at(path: Path, place: Path_, what: str) -> str:
    tree, _ = read_yaml(path, shown(path.absolute()))
    if tree is None:
        return f"{shown(path.absolute())}:1: {what}"
    return locate(tree, place).problem(what)
