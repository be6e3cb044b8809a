"""Reserved goods (SHOP-21)."""

from __future__ import annotations

from suites.junit import LiveCase


class Reservation(LiveCase):
    """Reserved goods (SHOP-21)."""

    def test_stock_is_reserved_for_an_order(self) -> None:
        """The goods of an order are reserved, one bench for each product."""
        lines = [{"sku": sku} for sku in ("lamp", "mug", "pen")]
        reply = self.shop.ask("POST", "/checkout", {"shopper": "ada", "lines": lines})
        self.assertEqual(reply.status, 201)
        self.assertIn('feature="reservation"', self.shop.ask("GET", "/metrics").body)
