"""Gift notes (SHOP-12)."""

from __future__ import annotations

from suites.junit import LiveCase


class GiftNotes(LiveCase):
    """Gift notes (SHOP-12)."""

    def test_an_order_takes_a_gift_note(self) -> None:
        """Through the API, and there is a field for it."""
        order = {"shopper": "ada", "lines": [{"sku": "bag"}], "gift_note": "For Bo"}
        self.assertEqual(self.shop.ask("POST", "/checkout", order).status, 201)
        self.assertIn("gift_note", self.shop.ask("GET", "/checkout", name="form 1").body)

    def test_a_gift_note_may_not_be_a_novel(self) -> None:
        """200 characters, and a reason when it is more."""
        order = {"shopper": "ada", "lines": [{"sku": "bag"}], "gift_note": "x" * 201}
        reply = self.shop.ask("POST", "/checkout", order)
        self.assertEqual((reply.status, "200" in reply.body), (400, True))
