"""Browsing the catalogue."""

from __future__ import annotations

from suites.junit import LiveCase


class Catalogue(LiveCase):
    """Browsing."""

    def test_the_start_page_lists_every_product(self) -> None:
        """The names and prices are on the page."""
        reply = self.shop.ask("GET", "/")
        self.assertEqual(reply.status, 200)
        for name in ("Desk lamp", "49.00", "Wool rug"):
            self.assertIn(name, reply.body)

    def test_a_product_has_a_price(self) -> None:
        """One product as JSON."""
        reply = self.shop.ask("GET", "/products/mug")
        self.assertEqual(reply.document, {"sku": "mug", "name": "Enamel mug", "price": 1200})

    def test_an_unknown_product_is_not_found(self) -> None:
        """404, not an error of ours."""
        self.assertEqual(self.shop.ask("GET", "/products/yacht").status, 404)

    def test_every_picture_is_there(self) -> None:
        """The address in the page answers with an image."""
        self.assertIn("<svg", self.shop.ask("GET", "/images/lamp.svg").body)
