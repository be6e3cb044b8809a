"""Orders of many products (SHOP-31)."""

from __future__ import annotations

from suites.junit import LiveCase


class LargeOrders(LiveCase):
    """Orders of many products (SHOP-31)."""

    def test_a_cart_of_every_product_can_be_ordered(self) -> None:
        """More products than the warehouse has benches."""
        skus = ("lamp", "mug", "pen", "note", "bag", "clock", "plant", "rug")
        order = {"shopper": "ada", "lines": [{"sku": sku} for sku in skus]}
        self.assertEqual(self.shop.ask("POST", "/checkout", order, name="all").status, 201)
