"""Locust's statistics: ``--csv``'s ``…_stats.csv``, or what ``--json`` prints.

Times are milliseconds. The CSV's row ``Aggregated`` is read; from JSON all entries are added up.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from windlass.adapters.reports.json_report import listed, load, mapped, number
from windlass.errors import TerminalError
from windlass.ports.test_reports import Performance


def read(content: bytes, name: str) -> Performance:
    """The figures over all requests.

    Raises:
        TerminalError: not Locust's statistics, or no request was made.
    """
    found = _from_json(content, name) if content.lstrip()[:1] in b"[{" else _from_csv(content, name)
    if not found.requests:
        raise TerminalError(f"{name}: no request was made; an empty report passes nothing")
    return found


def _from_csv(content: bytes, name: str) -> Performance:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"))))
    total = [row for row in rows if row.get("Name") == "Aggregated"]
    if len(total) != 1:
        raise TerminalError(f"{name}: has {len(total)} rows named Aggregated, expected 1")
    row = total[0]

    def cell(column: str) -> float:
        try:
            return number(float(row[column]), name, column)
        except (KeyError, TypeError, ValueError) as error:
            raise TerminalError(f"{name}: column {column!r}: {row.get(column)!r}") from error

    requests, failures = cell("Request Count"), cell("Failure Count")
    some = requests > 0
    return Performance(
        requests=int(requests),
        rps=cell("Requests/s"),
        error_rate=failures / requests if some else 0.0,
        p50=cell("50%") if some else None,
        p95=cell("95%") if some else None,
        p99=cell("99%") if some else None,
    )


def _from_json(content: bytes, name: str) -> Performance:
    entries = [mapped(e, name, "an entry") for e in listed(load(content, name), name, "the file")]
    requests = sum(number(e.get("num_requests"), name, "num_requests") for e in entries)
    failures = sum(number(e.get("num_failures"), name, "num_failures") for e in entries)
    times: Counter[float] = Counter()
    for entry in entries:
        for bucket, count in mapped(entry.get("response_times"), name, "response_times").items():
            times[_milliseconds(bucket, name)] += int(number(count, name, "response_times"))
    seconds = _seconds(entries, name)
    return Performance(
        requests=int(requests),
        rps=requests / seconds if seconds else 0.0,
        error_rate=failures / requests if requests else 0.0,
        p50=_quantile(times, 0.5),
        p95=_quantile(times, 0.95),
        p99=_quantile(times, 0.99),
    )


def _milliseconds(bucket: str, name: str) -> float:
    try:
        return float(bucket)
    except ValueError as error:
        raise TerminalError(f"{name}: response time {bucket!r} is no number") from error


def _seconds(entries: list[Mapping[str, Any]], name: str) -> float:
    if not entries:
        return 0.0
    starts = [number(e.get("start_time"), name, "start_time") for e in entries]
    ends = [
        number(e.get("last_request_timestamp"), name, "last_request_timestamp") for e in entries
    ]
    return max(ends) - min(starts)


def _quantile(times: Counter[float], share: float) -> float | None:
    """The smallest time that ``share`` of the requests did not exceed."""
    wanted, seen = share * times.total(), 0
    for time in sorted(times):
        seen += times[time]
        if seen >= wanted:
            return time
    return None
