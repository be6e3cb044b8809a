"""Are the products' files valid, and is each connection that they ask for there?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from windlass.cli.doctor.finding import Finding, broken, fine, worse
from windlass.cli.validate import product_files
from windlass.errors import InputError, NotConfigured
from windlass.plan.checking import check_product
from windlass.ports.connection import ConnectionInfo
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.spec.project import VARIABLE

#: A URL in YAML that names a connection instead.
BY_CONNECTION = "connection:"


def read_project(here: Path, now: datetime) -> tuple[list[Product], list[Finding]]:
    """The products that are fine, and a line for each file."""
    named = os.environ.get(VARIABLE)
    try:
        files = product_files([Path(named) if named else here])
    except InputError as problem:
        fix = f"run it in the folder that holds include/, or set {VARIABLE}"
        return [], [worse("products", str(problem), fix)]
    products: list[Product] = []
    found: list[Finding] = []
    for file in files:
        checked = check_product(file, now)
        if checked.problems:
            more = f" (and {len(checked.problems) - 1} more)" if len(checked.problems) > 1 else ""
            found.append(
                broken("product", f"{checked.problems[0]}{more}", f"windlass validate {file}")
            )
        else:
            products.append(load_product(file))
            found.append(fine("product", f"{file}: {', '.join(checked.tasks)}"))
    return products, found


def connection_ids(product: Product) -> list[str]:
    """Every connection that the product's file names, in order."""
    return list(dict.fromkeys(_named(product.model_dump(mode="json"))))


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "connection" and isinstance(below, str) and below:
                yield below
            else:
                yield from _named(below)
    elif isinstance(value, list):
        for below in value:
            yield from _named(below)
    elif isinstance(value, str) and value.startswith(BY_CONNECTION):
        yield value.removeprefix(BY_CONNECTION).partition("/")[0]


def check_connections(
    products: Sequence[Product], connect: Callable[[str], ConnectionInfo]
) -> Iterator[Finding]:
    """One line for each connection; what stands in it is not shown."""
    asked: dict[str, list[str]] = {}
    for product in products:
        for name in connection_ids(product):
            asked.setdefault(name, []).append(product.product)
    for name, by in sorted(asked.items()):
        try:
            connect(name)
        except NotConfigured as problem:
            yield broken(
                "connection",
                f"{name} is asked for by {', '.join(by)}: {problem}",
                f"airflow connections add {name}, or set AIRFLOW_CONN_{name.upper()}",
            )
        else:
            yield fine("connection", f"{name}, for {', '.join(by)}")
