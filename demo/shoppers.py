"""What shoppers ask for: a reproducible mix of browsing, carts and checkouts.

Of 100 requests about 60 browse, 25 fill a cart and 15 check out. Two checkouts in five are of
people who furnish a whole room: five products or more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random

from demo import wire

SKUS = ("lamp", "mug", "pen", "note", "bag", "clock", "plant", "rug")
BROWSE, CART, CHECKOUT = "browse", "cart", "checkout"
PAGES = ("/", "/products", *(f"/products/{sku}" for sku in SKUS))


@dataclass(frozen=True, slots=True)
class Errand:
    """One request and what it is for."""

    kind: str
    request: wire.Message


class Shoppers:
    """An endless line of errands; the same seed gives the same line."""

    def __init__(self, region: str, host: str, seed: int) -> None:
        self.region = region
        self.host = host
        self.seed = seed
        self._random = Random(f"{region}/{seed}")
        self._count = 0

    def next(self) -> Errand:
        """The next errand."""
        self._count += 1
        dice = self._random.random()
        if dice < 0.60:
            return Errand(BROWSE, self._request("GET", self._random.choice(PAGES)))
        if dice < 0.85:
            return Errand(
                CART, self._request("PUT", "/cart", self._cart(self._random.randint(1, 3)))
            )
        large = self._random.random() < 0.4
        lines = self._random.randint(5, 7) if large else self._random.randint(1, 3)
        return Errand(CHECKOUT, self._request("POST", "/checkout", self._cart(lines)))

    def _cart(self, lines: int) -> bytes:
        chosen = self._random.sample(SKUS, lines)
        cart = [{"sku": sku, "quantity": self._random.randint(1, 2)} for sku in chosen]
        shopper = f"shopper-{self._random.randint(1, 500)}"
        return json.dumps({"shopper": shopper, "lines": cart}).encode()

    def _request(self, method: str, path: str, body: bytes = b"") -> wire.Message:
        name = f"{self.region}-{self.seed}-{self._count}"
        return wire.request(method, path, self.host, body, X_Request_Id=name)
