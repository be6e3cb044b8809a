"""Put a product's adapters together: the real ones, or their recorders in a dry run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windlass.adapters.registry import build
from windlass.ports.connection import Connect
from windlass.spec.product import Product
from windlass.tasks.ports import Ports

#: Probes need no setting: every product may ask over HTTP.
ALWAYS = ("probes",)
#: How a product says that the address of a place is kept in an Airflow connection.
CONNECTION = "connection:"


def ports_of(product: Product, *, connect: Connect, dry_run: bool) -> Ports:
    """The ports of ``product``; with ``dry_run`` every one records instead of acting.

    Args:
        connect: finds connections by id.
    """
    root = Path(product.root or ".")

    def build_port(port: str) -> Any:
        vendors = product.vendors.get(port, ())
        if port in ALWAYS and not vendors:
            return build(port, "http", {}, root=root, connect=connect)
        built = tuple(
            _recorded(
                port,
                build(port, v.vendor, v.settings, root=root, connect=connect),
                dry_run=dry_run,
            )
            for v in vendors
        )
        return built if port == "messages" else built[0]

    def address(url: str) -> str:
        return address_of(url, connect)

    configured = {port for port, vendors in product.vendors.items() if vendors}
    return Ports(configured | set(ALWAYS), build_port, address)


def address_of(url: str, connect: Connect) -> str:
    """The URL to ask: ``connection:ID/path`` is the connection's base URL and the path.

    Raises:
        NotConfigured: there is no such connection.
    """
    if not url.startswith(CONNECTION):
        return url
    name, slash, path = url.removeprefix(CONNECTION).partition("/")
    return connect(name).base_url + slash + path


def _recorded(port: str, adapter: Any, *, dry_run: bool) -> Any:
    if not dry_run:
        return adapter
    from windlass.adapters.recorder import record

    return record(port, adapter)
