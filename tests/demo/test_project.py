"""The demo's copy of the project."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.home import Home
from demo.project import ROOT, write_project
from windlass.decisions.windows import Calendar, open_spans
from windlass.plan.calendars import expand
from windlass.plan.schedules import live_names, place_of
from windlass.spec.loader import load_product
from windlass.spec.product import Product

YEAR_END = datetime(2026, 12, 15, tzinfo=UTC), datetime(2027, 1, 10, tzinfo=UTC)


def calendar_of(product: Product) -> Calendar:
    first, last = YEAR_END
    return expand(product.calendar, first, last + timedelta(days=1), live=live_names(product))


def test_a_demo_at_new_year_does_not_wait_for_january(tmp_path: Path) -> None:
    """The project that it copies has a freeze then, and waits for it."""
    for folder, whole in ((write_project(Home(tmp_path / "demo")), True), (ROOT, False)):
        product = load_product(folder / "include/products/storefront.yaml")
        spans = list(open_spans(place_of(product).rules(calendar_of(product)), *YEAR_END))
        assert (spans == [YEAR_END]) is whole
