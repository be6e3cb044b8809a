"""Ordering."""

from __future__ import annotations

from suites.junit import LiveCase


class Checkout(LiveCase):
    """Ordering."""

    def test_an_order_is_placed(self) -> None:
        """A number and a total."""
        order = {"shopper": "ada", "lines": [{"sku": "lamp"}, {"sku": "note", "quantity": 3}]}
        reply = self.shop.ask("POST", "/checkout", order)
        self.assertEqual(reply.status, 201)
        self.assertEqual(reply.document["total"], 7600)

    def test_orders_have_different_numbers(self) -> None:
        """Two orders, two numbers."""
        order = {"shopper": "ada", "lines": [{"sku": "bag"}]}
        numbers = {
            self.shop.ask("POST", "/checkout", order, name=f"twice {n}").document["order"]
            for n in range(2)
        }
        self.assertEqual(len(numbers), 2)

    def test_the_form_is_there(self) -> None:
        """The page that people use."""
        self.assertIn("<form", self.shop.ask("GET", "/checkout").body)
