"""What every ``metrics`` adapter must do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.adapters.serving import Pages, serving
from windlass.adapters.registry import choices
from windlass.errors import NotConfigured, VendorUnavailable
from windlass.ports.metrics import Metrics

PAGE = """\
# TYPE http_requests_total counter
http_requests_total{version="1.0.0",route="/"} 900
http_requests_total{version="1.0.0",route="/cart"} 50
http_requests_total{version="1.1.0",route="/"} 100
http_requests_total 7
# TYPE http_errors_total counter
http_errors_total{version="1.0.0"} 9
# TYPE http_request_seconds histogram
http_request_seconds_bucket{version="1.0.0",le="0.1"} 800
http_request_seconds_bucket{version="1.0.0",le="1.0"} 940
http_request_seconds_bucket{version="1.0.0",le="+Inf"} 950
http_request_seconds_sum{version="1.0.0"} 12.5
http_request_seconds_count{version="1.0.0"} 950
"""
TARGET = "production/eu-west"


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    """A server whose pages a test may change; ``/a`` holds :data:`PAGE`."""
    async with serving({"/a": PAGE, "/b": PAGE}) as served:
        yield served


@pytest.fixture(params=choices("metrics"))
def metrics(request: pytest.FixtureRequest, pages: Pages, make: Callable[..., Any]) -> Metrics:
    settings = {
        "prometheus_text": {
            "targets": {TARGET: f"{pages.url}/a", "staging": [f"{pages.url}/a", f"{pages.url}/b"]}
        }
    }
    return make("metrics", request.param, settings[request.param])


async def test_counters_and_histograms_are_told_apart_by_version(metrics: Metrics) -> None:
    reading = await metrics.read(
        TARGET, ("http_requests_total", "http_errors_total"), ("http_request_seconds",)
    )
    assert reading.counters["1.0.0"] == {"http_requests_total": 950.0, "http_errors_total": 9.0}
    assert reading.counters["1.1.0"] == {"http_requests_total": 100.0}
    histogram = reading.histograms["1.0.0"]["http_request_seconds"]
    assert histogram.buckets == {0.1: 800.0, 1.0: 940.0, float("inf"): 950.0}
    assert histogram.count == 950.0
    assert "1.1.0" not in reading.histograms
    assert (datetime.now(UTC) - reading.at).total_seconds() < 10


async def test_what_several_addresses_report_is_added_up(metrics: Metrics) -> None:
    reading = await metrics.read("staging", ("http_requests_total",), ("http_request_seconds",))
    assert reading.counters["1.0.0"]["http_requests_total"] == 1900.0
    assert reading.histograms["1.0.0"]["http_request_seconds"].count == 1900.0


async def test_a_series_may_be_narrowed_by_labels(metrics: Metrics) -> None:
    name = 'http_requests_total{route="/cart"}'
    reading = await metrics.read(TARGET, (name,), ())
    assert reading.counters == {"1.0.0": {name: 50.0}}


async def test_a_version_that_reported_nothing_is_missing_not_zero(metrics: Metrics) -> None:
    reading = await metrics.read(TARGET, ("nothing_total",), ())
    assert reading.counters == {}


async def test_one_address_that_does_not_answer_gives_no_reading_at_all(
    metrics: Metrics, pages: Pages
) -> None:
    del pages.texts["/b"]
    with pytest.raises(VendorUnavailable):
        await metrics.read("staging", ("http_requests_total",), ())


async def test_a_target_that_nobody_configured_is_named(metrics: Metrics) -> None:
    with pytest.raises(NotConfigured, match="eu-wst"):
        await metrics.read("production/eu-wst", (), ())
