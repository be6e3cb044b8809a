"""Integration: the shop with its database, its metrics and its users' clients.

Writes `build/integration.xml`.
"""

from __future__ import annotations

import http.client
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from suites.junit import LiveCase, run

#: Staging runs a few replicas; a request goes to any of them.
ENOUGH_FOR_EVERY_REPLICA = 20


class Operations(LiveCase):
    """What the shop's surroundings rely on."""

    def test_health_names_the_schema(self) -> None:
        """Healthy, on a migrated database."""
        health = self.shop.ask("GET", "/health").document
        self.assertEqual(health["status"], "ok")
        self.assertGreaterEqual(int(str(health["schema"])), 1)

    def test_orders_are_counted(self) -> None:
        """Prometheus sees the checkout; each replica counts its own, so a few are asked."""
        for _ in range(ENOUGH_FOR_EVERY_REPLICA):
            self.shop.ask("POST", "/checkout", {"shopper": "bo", "lines": [{"sku": "bag"}]})
            seen = self.shop.ask("GET", "/metrics").body
            if 'feature="checkout"' in seen:
                return
        self.fail("no replica has counted a checkout")

    def test_every_answer_names_its_version(self) -> None:
        """The header that dashboards group by."""
        self.assertRegex(self.shop.ask("GET", "/health").version, r"^\d+\.\d+\.\d+")


class Clients(LiveCase):
    """How people's programs talk to the shop."""

    def test_one_connection_serves_many_requests(self) -> None:
        """Keep-alive."""
        connection = http.client.HTTPConnection(urlsplit(self.shop.url).netloc, timeout=5)
        for sku in ("mug", "pen", "rug"):
            connection.request("GET", f"/products/{sku}", headers={"X-Request-Id": f"keep {sku}"})
            reply = connection.getresponse()
            self.assertEqual((reply.status, bool(reply.read())), (200, True))
        connection.close()

    def test_shoppers_do_not_disturb_each_other(self) -> None:
        """Carts written side by side all arrive."""

        def put(number: int) -> int:
            cart = {"shopper": f"side {number}", "lines": [{"sku": "pen"}, {"sku": "mug"}]}
            return self.shop.ask("PUT", "/cart", cart, name=f"side by side {number}").status

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(put, range(24))), {200})


if __name__ == "__main__":
    sys.exit(run("integration", [sys.modules[__name__]], "integration.xml"))
