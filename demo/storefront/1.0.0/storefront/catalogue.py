"""What the shop sells. Prices in cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale; `price` in cents."""

    sku: str
    name: str
    price: int


PRODUCTS = (
    Product("lamp", "Desk lamp", 4900),
    Product("mug", "Enamel mug", 1200),
    Product("pen", "Fountain pen", 3500),
    Product("note", "Notebook", 900),
    Product("bag", "Canvas bag", 2900),
    Product("clock", "Wall clock", 5900),
    Product("plant", "Potted fern", 1900),
    Product("rug", "Wool rug", 12900),
)
BY_SKU = {product.sku: product for product in PRODUCTS}


def find(sku: str) -> Product | None:
    """The product with this sku, or None."""
    return BY_SKU.get(sku)
