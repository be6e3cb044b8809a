"""What a router counts, as Prometheus text.

Per version (the arm): `http_requests_total`, `http_errors_total` (5xx) and the histogram
`http_request_seconds`. Apart from them, what went wrong between router and backend:
`router_failed_requests_total` (the client got an error that no backend sent) and
`router_connect_failures_total` (a backend refused; the request may have gone to another).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram's buckets in seconds; `+Inf` follows."""


class RouterCounters:
    """All counts of one router; `region` labels every series."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._requests: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}
        self._buckets: dict[str, list[int]] = {}
        self._failed: Counter[str] = Counter(no_backend=0, backend_lost=0, bad_request=0)
        self._refused: Counter[str] = Counter()

    def answered(self, version: str, status: int, seconds: float) -> None:
        """A request went to `version` and ended with `status` after `seconds`."""
        self._requests[version] += 1
        self._errors[version] += status >= 500
        self._seconds[version] = self._seconds.get(version, 0.0) + seconds
        buckets = self._buckets.setdefault(version, [0] * (len(BOUNDS) + 1))
        buckets[bisect_left(BOUNDS, seconds)] += 1

    def failed(self, reason: str) -> None:
        """A client got an error from the router itself."""
        self._failed[reason] += 1

    def refused(self, version: str) -> None:
        """A backend of `version` took no connection."""
        self._refused[version] += 1

    def text(self) -> str:
        """Everything, in the text format version 0.0.4."""
        lines: list[str] = []
        self._family(lines, "http_requests_total", "version", self._requests)
        errors = Counter({version: self._errors[version] for version in self._requests})
        self._family(lines, "http_errors_total", "version", errors)
        self._histogram(lines)
        self._family(lines, "router_failed_requests_total", "reason", self._failed)
        self._family(lines, "router_connect_failures_total", "version", self._refused)
        return "\n".join(lines) + "\n"

    def _family(self, lines: list[str], name: str, label: str, counts: Counter[str]) -> None:
        lines.append(f"# TYPE {name} counter")
        for value, count in sorted(counts.items()):
            lines.append(f'{name}{{region="{self.region}",{label}="{value}"}} {count}')

    def _histogram(self, lines: list[str]) -> None:
        name = "http_request_seconds"
        lines.append(f"# TYPE {name} histogram")
        for version, buckets in sorted(self._buckets.items()):
            labels = f'region="{self.region}",version="{version}"'
            total = 0
            for bound, count in zip((*BOUNDS, "+Inf"), buckets, strict=True):
                total += count
                lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {total}')
            lines.append(f"{name}_sum{{{labels}}} {self._seconds[version]:.6f}")
            lines.append(f"{name}_count{{{labels}}} {total}")
