"""When a release type starts by itself: the product's cadence, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windlass.spec.product import Product

if TYPE_CHECKING:
    from windlass.timetables.sprint import SprintTimetable


def schedule_of(product: Product, release_type: str) -> SprintTimetable | None:
    """The timetable of ``release_type``; None when only people and other DAGs start it."""
    if product.cadence is None or product.cadence.drives != release_type:
        return None
    from windlass.timetables.sprint import SprintTimetable

    return SprintTimetable.of(product, release_type)
