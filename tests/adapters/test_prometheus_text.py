"""Peculiarities of scraping Prometheus text: selectors, labels, NaN, a local fleet's routers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.serving import serving
from windlass.adapters.metrics import selector
from windlass.adapters.metrics.prometheus_text import TextMetrics
from windlass.errors import InputError, NotConfigured, TerminalError, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.spec.vendors import PrometheusTextSettings


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


@pytest.mark.parametrize(
    "text, labels, taken",
    [
        ("up", {}, True),
        ('up{a="1"}', {"a": "1"}, True),
        ('up{a="1"}', {"a": "2"}, False),
        ('up{a!="1"}', {}, True),
        ('up{a=~"1|2",b!~"x.*"}', {"a": "2", "b": "y"}, True),
        ('up{a=~"1|2",b!~"x.*"}', {"a": "2", "b": "xy"}, False),
        ('up{a=~"1"}', {"a": "11"}, False),
        ('up{a="say \\"hi\\""}', {"a": 'say "hi"'}, True),
        ("up{}", {"a": "1"}, True),
    ],
)
def test_a_selector_takes_the_samples_it_means(
    text: str, labels: dict[str, str], taken: bool
) -> None:
    assert selector.parse(text).takes(labels) is taken


@pytest.mark.parametrize("text", ["", "rate(up[5m])", "up{a=1}", 'up{a="1"', 'up{a=~"("}', "1up"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"names no series|no regular expression"):
        selector.parse(text)


async def test_another_label_may_tell_the_versions_apart_and_nan_is_missing() -> None:
    page = 'x_total{build="2"} 5\nx_total{build="3"} NaN\nx_total{version="1"} 1\n'
    async with serving({"/metrics": page}) as pages:
        settings = PrometheusTextSettings(
            targets={"t": (f"{pages.url}/metrics",)}, version_label="build"
        )
        metrics = TextMetrics(settings, root=Path(), connect=no_connection)
        assert (await metrics.read("t", ("x_total",), ())).counters == {"2": {"x_total": 5.0}}


async def test_the_routers_of_a_local_fleet_are_found_in_its_registry(tmp_path: Path) -> None:
    async with serving({"/metrics": 'x_total{version="1.0.0"} 5\n'}) as pages:
        place = {"router_url": "http://127.0.0.1:1", "admin_url": pages.url}
        registry = {"agent_url": "", "places": {"eu-west": place}}
        (tmp_path / "registry.json").write_text(json.dumps(registry))
        settings = PrometheusTextSettings(fleet="registry.json")
        metrics = TextMetrics(settings, root=tmp_path, connect=no_connection)
        reading = await metrics.read("production/eu-west", ("x_total",), ())
    assert reading.counters == {"1.0.0": {"x_total": 5.0}}


async def test_what_is_not_prometheus_text_is_an_error_that_names_the_address() -> None:
    async with serving({"/metrics": "<html>{not metrics}"}) as pages:
        settings = PrometheusTextSettings(targets={"t": (f"{pages.url}/metrics",)})
        metrics = TextMetrics(settings, root=Path(), connect=no_connection)
        with pytest.raises(TerminalError, match="/metrics does not serve Prometheus text"):
            await metrics.read("t", ("x_total",), ())


async def test_nobody_listening_is_a_question_that_could_not_be_asked() -> None:
    settings = PrometheusTextSettings(targets={"t": ("http://127.0.0.1:9/metrics",)})
    metrics = TextMetrics(settings, root=Path(), connect=no_connection)
    with pytest.raises(VendorUnavailable, match=r"127\.0\.0\.1:9"):
        await metrics.read("t", ("x_total",), ())
