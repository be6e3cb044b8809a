"""What each address of the shop answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from storefront import cart, catalogue, orders, pages, reservation, stock
from storefront.counters import Counters
from storefront.database import Database
from storefront.release import VERSION

HTML = "text/html; charset=utf-8"
JSON = "application/json"
SVG = "image/svg+xml"
TEXT = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as far as the shop looks at it."""

    method: str
    path: str
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    body: str
    kind: str = JSON


def as_json(status: int, document: object) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(document) + "\n")


class Shop:
    """The shop on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.counters = Counters()
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/"): lambda _: Answer(200, pages.catalogue(), HTML),
            ("GET", "/checkout"): lambda _: Answer(200, pages.checkout(), HTML),
            ("GET", "/products"): self.products,
            ("PUT", "/cart"): self.put_cart,
            ("POST", "/checkout"): self.place_order,
            **{("GET", f"/images/{p.sku}.svg"): self.image for p in catalogue.PRODUCTS},
        }

    def answer(self, request: Request) -> Answer:
        """The answer to a request; 5xx only when the shop itself is at fault."""
        if request.path == "/health":
            return as_json(200, self.health())
        if request.path == "/metrics":
            return Answer(200, self.counters.exposition(), TEXT)
        route = self._route(request)
        if route is None:
            return as_json(404, {"error": f"no {request.method} {request.path}"})
        try:
            stock.ask(request.id)
            return route(request)
        except stock.StockUnavailable as error:
            return as_json(503, {"error": str(error)})
        except cart.BadCart as error:
            return as_json(400, {"error": str(error)})

    def health(self) -> dict[str, object]:
        """What this process is, and that it can read its database."""
        return {"status": "ok", "version": VERSION, "schema": self.database.version()}

    def _route(self, request: Request) -> Callable[[Request], Answer] | None:
        if request.method == "GET" and request.path.startswith("/products/"):
            return self.product
        return self._routes.get((request.method, request.path))

    def products(self, _: Request) -> Answer:
        """Every product."""
        return as_json(200, [[p.sku, p.name, p.price] for p in catalogue.PRODUCTS])

    def product(self, request: Request) -> Answer:
        """One product."""
        found = catalogue.find(request.path.removeprefix("/products/"))
        if found is None:
            return as_json(404, {"error": "no such product"})
        return as_json(200, {"sku": found.sku, "name": found.name, "price": found.price})

    def image(self, _: Request) -> Answer:
        """A product's picture."""
        return Answer(200, pages.IMAGE, SVG)

    def put_cart(self, request: Request) -> Answer:
        """Keep a cart."""
        wanted = cart.parse(request.body)
        cart.save(self.database, wanted)
        return as_json(200, {"shopper": wanted.shopper, "total": wanted.total})

    def place_order(self, request: Request) -> Answer:
        """Turn a cart into an order."""
        wanted = cart.parse(request.body)
        with reservation.reserved(wanted):
            order = orders.place(self.database, wanted)
        self.counters.used("checkout")
        self.counters.used("reservation")
        if wanted.gift_note:
            self.counters.used("gift_note")
        return as_json(201, order)
