"""Filling a cart."""

from __future__ import annotations

from suites.junit import LiveCase


class Cart(LiveCase):
    """Filling a cart."""

    def test_a_cart_is_priced(self) -> None:
        """Quantities count."""
        cart = {"shopper": "ada", "lines": [{"sku": "mug", "quantity": 2}, {"sku": "pen"}]}
        self.assertEqual(self.shop.ask("PUT", "/cart", cart).document["total"], 5900)

    def test_an_empty_cart_is_refused(self) -> None:
        """400 and the reason."""
        reply = self.shop.ask("PUT", "/cart", {"shopper": "ada", "lines": []})
        self.assertEqual((reply.status, "at least one line" in reply.body), (400, True))

    def test_an_unknown_product_is_refused(self) -> None:
        """400 and its name."""
        reply = self.shop.ask("PUT", "/cart", {"shopper": "ada", "lines": [{"sku": "yacht"}]})
        self.assertEqual((reply.status, "yacht" in reply.body), (400, True))
