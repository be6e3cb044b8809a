"""Put a product's adapters together: the real ones, and around them the recorders of a dry run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from windlass.adapters.registry import build
from windlass.adapters.safe_names import file_name
from windlass.adapters.state_folder import state_folder
from windlass.ports.connection import Connect
from windlass.spec.product import Product
from windlass.tasks.ports import Ports

#: Probes need no setting: every product may ask over HTTP.
ALWAYS = ("probes",)
#: How a product says that the address of a place is kept in an Airflow connection.
CONNECTION = "connection:"


def ports_of(product: Product, *, connect: Connect) -> Ports:
    """The ports of ``product``.

    Args:
        connect: finds connections by id.
    """
    root = Path(product.root or ".")

    def build_port(port: str) -> Any:
        vendors = product.vendors.get(port, ())
        if port in ALWAYS and not vendors:
            return build(port, "http", {}, root=root, connect=connect)
        built = tuple(
            build(port, v.vendor, v.settings, root=root, connect=connect) for v in vendors
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


def would_have_called(product: Product, release_id: str) -> list[dict[str, Any]]:
    """Every call that a dry run wrote down instead of making it, in order; plain JSON."""
    from windlass.adapters.recorder import FileStore

    return [call.to_json() for call in FileStore(_dry_run_file(product, release_id)).calls()]


def _dry_run_file(product: Product, release_id: str) -> Path:
    folder = state_folder(Path(product.root or "."), "dry-runs")
    return folder / f"{file_name(release_id)}.jsonl"


def recorded(ports: Ports, product: Product, release_id: str) -> Ports:
    """The same ports for a dry run: they read the world and write down what they would do.

    What they write down is in a file of the release's own, so that every process reads it back.
    """
    from windlass.adapters.recorder import FileStore, record

    store = FileStore(_dry_run_file(product, release_id))

    def wrap(port: str, adapter: Any) -> Any:
        if isinstance(adapter, tuple):
            return tuple(record(port, each, store) for each in adapter)
        return record(port, adapter, store)

    return ports.wrapped(wrap)
