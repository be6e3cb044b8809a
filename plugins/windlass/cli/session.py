"""What a command works with: the ledger, connections, and who is asking."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters import environment_connections
from windlass.errors import InputError, NotConfigured
from windlass.ledger import Ledger, open_ledger
from windlass.ports.connection import ConnectionInfo
from windlass.spec.product import Product
from windlass.tasks.assembling import ports_of
from windlass.tasks.opening import take_up
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release


def now() -> datetime:
    """The instant it is, in UTC."""
    return datetime.now(UTC)


def whoever() -> str:
    """Who gives the command: ``WINDLASS_USER``, else the login name."""
    return os.environ.get("WINDLASS_USER") or getpass.getuser()


def ledger() -> Ledger:
    """The ledger: ``WINDLASS_LEDGER_URL``, else what Airflow is configured with."""
    return open_ledger(ledger_url())


def ledger_url() -> str:
    """Where it is.

    Raises:
        NotConfigured: the variable is not set, and there is no Airflow to ask.
    """
    url = os.environ.get("WINDLASS_LEDGER_URL")
    if url is None:
        from windlass.connections import ledger_url as configured

        url = configured()
    return url


def connect(connection_id: str) -> ConnectionInfo:
    """A connection: from the environment, else from Airflow."""
    try:
        return environment_connections.connect(connection_id)
    except NotConfigured:
        from windlass import connections

        return connections.connect(connection_id)


def ports(product: Product) -> Ports:
    """The product's ports, with :func:`connect` behind them."""
    return ports_of(product, connect=connect)


def release(name: str, book: Ledger | None = None) -> Release:
    """The release that ``name`` means: its id, or ``product``, ``product version`` if one is open.

    Raises:
        InputError: none, or more than one.
    """
    book = book or ledger()
    return take_up(book, release_id(book, name), connect=ports, clock=now)


def release_id(book: Ledger, name: str) -> str:
    """The full id behind a short name.

    Raises:
        InputError: none fits, or more than one; lists what there is.
    """
    streams = [info.stream for info in book.streams()]
    if name in streams:
        return name
    open_ones = [info.stream for info in book.streams(open_only=True)]
    fitting = [s for s in open_ones if s.split("/")[0].startswith(name)] or [
        s for s in streams if s.endswith(name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    some = ", ".join(streams[:8]) or "none"
    what = "fits several releases" if fitting else "is no release"
    raise InputError(f"{name!r} {what}; known: {', '.join(fitting) or some}")


def product_file(name: str) -> Path:
    """The YAML of a product: a path, or a name below ``include/products``.

    Raises:
        InputError: no such file.
    """
    path = Path(name)
    for candidate in (path, Path("include/products") / f"{name}.yaml"):
        if candidate.is_file():
            return candidate
    raise InputError(f"no product {name!r}: neither a file nor include/products/{name}.yaml")
