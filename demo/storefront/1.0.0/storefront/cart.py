"""Carts: which products, how many of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qs

from storefront import catalogue
from storefront.database import Database


class BadCart(ValueError):
    """The cart names an unknown product or is not a cart at all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One product in a cart and how many of it."""

    sku: str
    quantity: int

    @property
    def price(self) -> int:
        """Cents for the whole line."""
        return catalogue.BY_SKU[self.sku].price * self.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    """What one shopper wants to buy."""

    shopper: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Cents for the whole cart."""
        return sum(line.price for line in self.lines)

    def as_json(self) -> str:
        """The lines as they are stored."""
        return json.dumps([[line.sku, line.quantity] for line in self.lines])


def parse(body: bytes) -> Cart:
    """A cart from a request's body: JSON, or the fields `shopper` and `sku` of a form.

    Raises:
        BadCart: With what is wrong, for the shopper to read.
    """
    if body.startswith(b"{"):
        try:
            return read(json.loads(body))
        except ValueError as error:
            raise BadCart(str(error)) from error
    form = parse_qs(body.decode("utf-8", "replace"))
    lines = [{"sku": sku} for sku in form.get("sku", [])]
    return read({"shopper": "".join(form.get("shopper", [])), "lines": lines})


def read(document: object) -> Cart:
    """A cart from `{"shopper": …, "lines": [{"sku": …, "quantity": …}]}`.

    Raises:
        BadCart: With what is wrong, for the shopper to read.
    """
    if not isinstance(document, dict) or not isinstance(document.get("shopper"), str):
        raise BadCart("a cart names its shopper")
    lines = document.get("lines")
    if not isinstance(lines, list) or not lines:
        raise BadCart("a cart has at least one line")
    return Cart(document["shopper"], tuple(_line(line) for line in lines))


def _line(document: object) -> Line:
    if not isinstance(document, dict):
        raise BadCart("a line is an object with sku and quantity")
    sku, quantity = document.get("sku"), document.get("quantity", 1)
    if not isinstance(sku, str) or catalogue.find(sku) is None:
        raise BadCart(f"unknown product {sku!r}")
    if not isinstance(quantity, int):
        raise BadCart("quantity is a whole number")
    return Line(sku, quantity)


def save(database: Database, cart: Cart) -> None:
    """Keep the shopper's cart, replacing the one before."""
    database.connection().execute(
        "INSERT INTO carts (shopper, lines) VALUES (?, ?)"
        " ON CONFLICT (shopper) DO UPDATE SET lines = excluded.lines",
        (cart.shopper, cart.as_json()),
    )
