"""Reserves the goods of a cart in the warehouse before the order is written (SHOP-21).

An order gets a lane of the warehouse with a few benches; a packer at a bench confirms a product.
The benches stay taken until the order is written, so that an order is never half reserved.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from storefront.cart import Cart

BENCHES = 4
PATIENCE_SECONDS = 0.3


class NotReserved(Exception):
    """No bench of the order's lane became free in time."""


@contextmanager
def reserved(cart: Cart) -> Iterator[None]:
    """Hold a bench for every line of the cart.

    Raises:
        NotReserved: No bench became free in time.
    """
    lane = threading.BoundedSemaphore(BENCHES)
    with ExitStack() as held:
        for line in cart.lines:
            if not lane.acquire(timeout=PATIENCE_SECONDS):
                raise NotReserved(f"no bench for {line.sku} in {PATIENCE_SECONDS} s")
            held.callback(lane.release)
        yield
