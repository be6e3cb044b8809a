"""What is live where: every product's targets, with the lock that somebody holds on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from windlass.ledger.claims import Claim
from windlass.ledger.event import Event
from windlass.ledger.views.live import fold_live


@dataclass(frozen=True, slots=True)
class Place:
    """A target of a product and what it serves by the ledger.

    ``release``: the one that put it there, empty when it was taken up. ``held_by``: the release
    that holds the lock now; ``suspect`` when that gave no sign of life for the length of a lease.
    """

    target: str
    version: str
    since: datetime | None
    release: str
    held_by: str
    suspect: bool


@dataclass(frozen=True, slots=True)
class ProductLive:
    """A product: its places, and the versions that may not go out again, with the reason."""

    product: str
    places: tuple[Place, ...]
    blocked: tuple[tuple[str, str], ...]


def products_of(
    events: Iterable[Event], claims: Sequence[Claim], *, now: datetime
) -> tuple[ProductLive, ...]:
    """Every product that ``events`` (of ``LIVE_TYPES``, in order) know of, by name."""
    by_product: dict[str, list[Event]] = {}
    for event in events:
        by_product.setdefault(product_of(event), []).append(event)
    for claim in claims:
        by_product.setdefault(claim.target.partition("/")[0], [])
    return tuple(
        _product(name, mine, [c for c in claims if c.target.startswith(f"{name}/")], now)
        for name, mine in sorted(by_product.items())
    )


def product_of(event: Event) -> str:
    """The product an event about live versions is of."""
    named = event.data.get("product")
    return str(named) if named else event.stream.partition("/")[0].rpartition(".")[0]


def _product(
    name: str, events: Iterable[Event], claims: Sequence[Claim], now: datetime
) -> ProductLive:
    view = fold_live(events)
    held = {claim.target.removeprefix(f"{name}/"): claim for claim in claims}
    places = []
    for target in dict.fromkeys((*view.history, *held)):
        running, claim = view.on(target), held.get(target)
        stream = (running.release or "") if running else ""
        places.append(
            Place(
                target=target,
                version=running.version if running else "",
                since=running.since if running else None,
                release="" if stream.startswith("adopted/") else stream,
                held_by=claim.stream if claim else "",
                suspect=claim is not None and claim.until <= now,
            )
        )
    return ProductLive(name, tuple(places), tuple(view.blocked.items()))
