"""Airflow's Connections and settings: the only place that reads them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.errors import NotConfigured
from windlass.ledger import Ledger, open_ledger
from windlass.ports.connection import ConnectionInfo
from windlass.spec.product import Product
from windlass.tasks.assembling import ports_of
from windlass.tasks.ports import Ports

if TYPE_CHECKING:
    from airflow.sdk import Connection

#: Environment variable, and the Airflow connection that is asked when it is not set.
LEDGER_URL = "WINDLASS_LEDGER_URL"
LEDGER_CONNECTION = "windlass_ledger"


def ledger_url() -> str:
    """Where the ledger is: the variable, else the connection, else a file in ``AIRFLOW_HOME``."""
    url = os.environ.get(LEDGER_URL)
    if url:
        return url
    connection = _find(LEDGER_CONNECTION)
    if connection is not None:
        return str(connection.get_uri())
    home = Path(os.environ.get("AIRFLOW_HOME", Path.home() / "airflow"))
    return f"sqlite:///{home / 'windlass.db'}"


def configured_ledger() -> Ledger:
    """The ledger of this installation; opened once per process.

    Raises:
        LedgerSchemaError: it must be migrated first; says how.
    """
    return _opened(ledger_url(), os.getpid())


@cache
def _opened(url: str, _process: int) -> Ledger:
    """Keyed by process: a forked worker must not share its parent's database connections."""
    return open_ledger(url)


def connect(connection_id: str) -> ConnectionInfo:
    """The Airflow connection of that id, as adapters take it.

    Raises:
        NotConfigured: there is none; says how to add it.
    """
    connection = _find(connection_id)
    if connection is None:
        raise NotConfigured(
            f"Airflow has no connection {connection_id!r}; add it with: "
            f"airflow connections add {connection_id} …"
        )
    return ConnectionInfo(
        host=connection.host or "",
        login=connection.login or "",
        password=connection.password or "",
        port=connection.port,
        schema=connection.schema or "",
        extra=connection.extra_dejson,
    )


def airflow_ports(product: Product) -> Ports:
    """The product's ports, with Airflow's connections behind them."""
    return ports_of(product, connect=connect)


def _find(connection_id: str) -> Connection | None:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        return None
