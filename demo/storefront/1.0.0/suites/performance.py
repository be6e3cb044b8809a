"""Performance: a short steady load of a typical shopper, in threads; no k6 is involved.

Writes `build/performance.json` in the shape that k6 hands to `handleSummary`, so that whatever
reads k6's summaries reads this one. Fails when a threshold is crossed.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from urllib.parse import urlsplit

from suites.target import BUILD, Target, target

SHOPPERS = 4
ROUNDS = 50
SLOWEST_P95_MS = 250.0
MOST_FAILED = 0.01


def errands(shopper: int, turn: int) -> list[tuple[str, str, object]]:
    """What a typical shopper does: look, look closer, fill a cart, buy up to three things."""
    skus = ("mug", "pen", "note")[: 1 + turn % 3]
    cart = {"shopper": f"load-{shopper}", "lines": [{"sku": sku} for sku in skus]}
    return [
        ("GET", "/", None),
        ("GET", f"/products/{skus[-1]}", None),
        ("PUT", "/cart", cart),
        ("POST", "/checkout", cart),
    ]


def shop_around(shop: Target, shopper: int) -> list[tuple[float, bool]]:
    """One shopper's requests in line: milliseconds and whether it failed."""
    connection = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=10)
    taken: list[tuple[float, bool]] = []
    for turn in range(ROUNDS):
        for method, path, document in errands(shopper, turn):
            body = None if document is None else json.dumps(document)
            name = f"load {shopper} {turn} {method} {path}"
            began = time.perf_counter()
            connection.request(method, path, body=body, headers={"X-Request-Id": name})
            reply = connection.getresponse()
            reply.read()
            taken.append(((time.perf_counter() - began) * 1000, reply.status >= 400))
    connection.close()
    return taken


def summary(taken: list[tuple[float, bool]], seconds: float) -> dict[str, object]:
    """The numbers in k6's shape; times in milliseconds."""
    times = sorted(milliseconds for milliseconds, _ in taken)
    cuts = quantiles(times, n=100, method="inclusive")
    failed = sum(bad for _, bad in taken)
    rate = failed / len(taken)
    duration = {
        "avg": sum(times) / len(times),
        "min": times[0],
        "med": median(times),
        "max": times[-1],
        "p(90)": cuts[89],
        "p(95)": cuts[94],
    }
    return {
        "metrics": {
            "http_reqs": {
                "type": "counter",
                "contains": "default",
                "values": {"count": len(taken), "rate": len(taken) / seconds},
            },
            "http_req_duration": {
                "type": "trend",
                "contains": "time",
                "values": duration,
                "thresholds": {f"p(95)<{SLOWEST_P95_MS:g}": {"ok": cuts[94] < SLOWEST_P95_MS}},
            },
            "http_req_failed": {
                "type": "rate",
                "contains": "default",
                # k6 counts a failed request as a "pass" of this rate.
                "values": {"rate": rate, "passes": failed, "fails": len(taken) - failed},
                "thresholds": {f"rate<{MOST_FAILED:g}": {"ok": rate < MOST_FAILED}},
            },
        },
        "state": {"isStdOutTTY": False, "testRunDurationMs": seconds * 1000},
        "generator": "storefront suites.performance",
    }


def main() -> int:
    """Run the load; 0 when every threshold holds."""
    with target() as shop, ThreadPoolExecutor(SHOPPERS) as pool:
        began = time.perf_counter()
        parts = list(pool.map(lambda number: shop_around(shop, number), range(SHOPPERS)))
        seconds = time.perf_counter() - began
    taken = [request for part in parts for request in part]
    found = summary(taken, seconds)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "performance.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    times = [milliseconds for milliseconds, _ in taken]
    p95 = quantiles(times, n=100, method="inclusive")[94]
    failed = sum(bad for _, bad in taken) / len(taken)
    print(f"{len(taken)} requests, {failed:.2%} failed, p95 {p95:.1f} ms")
    return 0 if p95 < SLOWEST_P95_MS and failed < MOST_FAILED else 1


if __name__ == "__main__":
    sys.exit(main())
