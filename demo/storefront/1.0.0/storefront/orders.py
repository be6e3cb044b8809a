"""Checkout: a cart becomes an order."""

from __future__ import annotations

from storefront.cart import Cart
from storefront.database import Database


def place(database: Database, cart: Cart) -> dict[str, int | None]:
    """Place an order for the cart; the order's number and total in cents."""
    row = database.connection().execute(
        "INSERT INTO orders (shopper, lines, total) VALUES (?, ?, ?)",
        (cart.shopper, cart.as_json(), cart.total),
    )
    return {"order": row.lastrowid, "total": cart.total}
