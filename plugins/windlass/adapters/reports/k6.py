"""k6's end-of-test summary as JSON: ``handleSummary``'s data, or the older ``--summary-export``.

Times are milliseconds, k6's own unit. Its figures are also there by their own names, with the
value's name behind: ``http_req_duration_p95``, ``http_reqs_rate``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windlass.adapters.reports.json_report import load, mapped, number
from windlass.errors import TerminalError
from windlass.ports.test_reports import Performance

_PERCENTILE = re.compile(r"p\((\d+(?:\.\d+)?)\)")
Values = Mapping[str, Any]


def read(content: bytes, name: str) -> Performance:
    """The figures of the HTTP requests.

    Raises:
        TerminalError: not a k6 summary, or no request was made.
    """
    summary = mapped(load(content, name), name, "the file")
    metrics = mapped(summary.get("metrics"), name, "metrics")
    requests = _values(metrics, "http_reqs", name)
    failed = _values(metrics, "http_req_failed", name)
    times = _values(metrics, "http_req_duration", name)
    count = number(requests.get("count"), name, "http_reqs.count")
    if not count:
        raise TerminalError(f"{name}: no request was made; an empty report passes nothing")
    error_rate = failed.get("rate", failed.get("value"))
    return Performance(
        requests=int(count),
        rps=number(requests.get("rate"), name, "http_reqs.rate"),
        error_rate=number(error_rate, name, "http_req_failed.rate"),
        p50=_time(times, ("med", "p(50)"), name),
        p95=_time(times, ("p(95)",), name),
        p99=_time(times, ("p(99)",), name),
        more=_flat(metrics),
    )


def _values(metrics: Values, metric: str, name: str) -> Values:
    found = mapped(metrics.get(metric), name, f"metrics.{metric}")
    return mapped(found.get("values", found), name, f"metrics.{metric}.values")


def _time(times: Values, keys: tuple[str, ...], name: str) -> float | None:
    for key in keys:
        if times.get(key) is not None:
            return number(times[key], name, f"http_req_duration.{key}")
    return None


def _flat(metrics: Values) -> dict[str, float]:
    figures: dict[str, float] = {}
    for metric, entry in metrics.items():
        values = entry.get("values", entry) if isinstance(entry, dict) else {}
        for key, value in values.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                figures[f"{metric}_{_PERCENTILE.sub(_percentile, key)}"] = float(value)
    return figures


def _percentile(found: re.Match[str]) -> str:
    return f"p{found[1]}"
