"""The shop's pages as HTML."""

from __future__ import annotations

from html import escape

from storefront.catalogue import PRODUCTS

IMAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect width="10" height="10" rx="2" fill="#356"/></svg>'
)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} · Storefront</title></head>"
        f"<body><header><a href='/'>Storefront</a></header><main><h1>{escape(title)}</h1>"
        f"{body}</main></body></html>\n"
    )


def catalogue() -> str:
    """The start page: every product with its price."""
    items = "".join(
        f"<li><img src='/images/{p.sku}.svg' alt='{escape(p.name)}'> "
        f"{escape(p.name)}: {p.price / 100:.2f}</li>"
        for p in PRODUCTS
    )
    return _page("Catalogue", f"<ul>{items}</ul><a href='/checkout'>Check out</a>")


def checkout() -> str:
    """The form that turns a cart into an order."""
    options = "".join(f"<option value='{p.sku}'>{escape(p.name)}</option>" for p in PRODUCTS)
    return _page(
        "Check out",
        "<form method='post' action='/checkout'>"
        "<label for='shopper'>Your name</label><input id='shopper' name='shopper'>"
        f"<label for='sku'>Product</label><select id='sku' name='sku'>{options}</select>"
        "<label for='gift_note'>Gift note</label>"
        "<textarea id='gift_note' name='gift_note' maxlength='200'></textarea>"
        "<button type='submit'>Order</button></form>",
    )
