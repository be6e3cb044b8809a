"""What this process counted, for Prometheus to scrape at /metrics."""

from __future__ import annotations

import threading
from collections import Counter

from storefront.release import VERSION


class Counters:
    """Counts of feature use and of orders; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: Counter[str] = Counter()

    def used(self, feature: str) -> None:
        """Somebody used this feature once."""
        with self._lock:
            self._used[feature] += 1

    def exposition(self) -> str:
        """The counts as Prometheus text."""
        with self._lock:
            counts = sorted(self._used.items())
        lines = ["# TYPE storefront_feature_used_total counter"]
        lines += [
            f'storefront_feature_used_total{{feature="{name}",version="{VERSION}"}} {count}'
            for name, count in counts
        ]
        return "\n".join(lines) + "\n"
