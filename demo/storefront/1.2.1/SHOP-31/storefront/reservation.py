"""Reserves the goods of a cart in the warehouse before the order is written (SHOP-21).

An order gets a lane of the warehouse with a few benches; a packer at a bench confirms a product.
A bench is free again once its product is confirmed, so that a cart of many products never waits
for a bench that it holds itself (SHOP-31).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from storefront.cart import Cart

BENCHES = 4
PATIENCE_SECONDS = 0.3


class NotReserved(Exception):
    """No bench of the order's lane became free in time."""


@contextmanager
def reserved(cart: Cart) -> Iterator[None]:
    """Confirm every line of the cart, one bench at a time.

    Raises:
        NotReserved: No bench became free in time.
    """
    lane = threading.BoundedSemaphore(BENCHES)
    for line in cart.lines:
        if not lane.acquire(timeout=PATIENCE_SECONDS):
            raise NotReserved(f"no bench for {line.sku} in {PATIENCE_SECONDS} s")
        lane.release()
    yield
