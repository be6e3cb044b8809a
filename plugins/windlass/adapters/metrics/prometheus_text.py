"""Prometheus text (exposition format 0.0.4) scraped straight from the targets, without a server.

A series is named as in PromQL's selectors, ``name{label="value"}``; functions are not evaluated.
What several addresses of a target report is added up. It has no memory: it can say what counters
are now, not what they were. Calling one address that does not answer "fewer requests" would be
wrong, so then there is no reading at all.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from windlass.adapters import http_client
from windlass.adapters.fleet_registry import place_of
from windlass.adapters.metrics.selector import Selector, parse
from windlass.errors import NotConfigured, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.metrics import Histogram, Reading
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendors import PrometheusTextSettings

TIMEOUT = 5.0
Sample = tuple[str, Mapping[str, str], float]


class TextMetrics:
    """Counters and histograms of each version, from the addresses that the settings name."""

    def __init__(
        self,
        settings: PrometheusTextSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._root = root
        self._now = now

    async def read(
        self,
        target: str,
        counters: tuple[str, ...],
        histograms: tuple[str, ...],
        *,
        by: str | None = None,
    ) -> Reading:
        """See the port.

        Raises:
            NotConfigured: nothing says where ``target`` is scraped.
            TerminalError: what is served is not Prometheus text.
        """
        wanted = {name: parse(name) for name in (*counters, *histograms)}
        pages = await self._pages(self._addresses(target))
        at = self._now()
        samples = [sample for url, text in pages for sample in _samples(url, text)]
        label = by or self._settings.version_label
        return Reading(
            at=at,
            counters=_counters({name: wanted[name] for name in counters}, samples, label),
            histograms=_histograms({name: wanted[name] for name in histograms}, samples, label),
        )

    def _addresses(self, target: str) -> tuple[str, ...]:
        if self._settings.fleet is not None:
            place = place_of(self._root / self._settings.fleet, target)
            return (f"{place.admin_url}/metrics",)
        known = self._settings.targets
        if target not in known:
            raise NotConfigured(
                f"metrics.prometheus_text.targets has no {target!r}{allowed(known)}"
                f"{did_you_mean(target, known)}"
            )
        return known[target]

    async def _pages(self, urls: tuple[str, ...]) -> list[tuple[str, str]]:
        async with http_client.client(timeout=TIMEOUT) as http:
            answers = await asyncio.gather(*(http_client.request(http, "GET", u) for u in urls))
        return [(url, answer.text) for url, answer in zip(urls, answers, strict=True)]


def _samples(url: str, text: str) -> Iterable[Sample]:
    from prometheus_client.parser import text_string_to_metric_families

    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                yield sample.name, sample.labels, float(sample.value)
    except (ValueError, LookupError) as error:
        raise TerminalError(f"{url} does not serve Prometheus text: {error}") from error


def _counters(
    wanted: Mapping[str, Selector], samples: list[Sample], label: str
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, selector in wanted.items():
        for series, labels, value in samples:
            if series == selector.name and label in labels and selector.takes(labels):
                if math.isnan(value):
                    continue  # missing is not zero
                of_version = found.setdefault(labels[label], {})
                of_version[name] = of_version.get(name, 0.0) + value
    return found


def _histograms(
    wanted: Mapping[str, Selector], samples: list[Sample], label: str
) -> dict[str, dict[str, Histogram]]:
    found: dict[str, dict[str, dict[float, float]]] = {}
    for name, selector in wanted.items():
        for series, labels, value in samples:
            if series != f"{selector.name}_bucket" or label not in labels or "le" not in labels:
                continue
            if selector.takes(labels) and not math.isnan(value):
                buckets = found.setdefault(labels[label], {}).setdefault(name, {})
                bound = float(labels["le"])
                buckets[bound] = buckets.get(bound, 0.0) + value
    return {
        version: {name: Histogram(dict(sorted(b.items()))) for name, b in of_version.items()}
        for version, of_version in found.items()
    }
