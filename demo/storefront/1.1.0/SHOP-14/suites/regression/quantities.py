"""Quantities (SHOP-14)."""

from __future__ import annotations

from suites.junit import LiveCase


class Quantities(LiveCase):
    """Quantities (SHOP-14)."""

    def test_a_quantity_below_one_is_refused(self) -> None:
        """Nobody gets money for a negative mug."""
        lines = [{"sku": "mug", "quantity": -1}]
        self.assertEqual(
            self.shop.ask("PUT", "/cart", {"shopper": "a", "lines": lines}).status, 400
        )
