"""When a release type starts by itself: the cadence, the end of development, either, or never.

Where a product has both, whichever comes first starts the release for a Day 0; the other one finds
it open and ends as superseded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from windlass.spec.product import Product

if TYPE_CHECKING:
    from airflow.sdk import Asset

    from windlass.timetables import SprintOrReady, SprintTimetable

    Schedule = SprintTimetable | SprintOrReady | list[Asset]


def schedule_of(product: Product, release_type: str) -> Schedule | None:
    """What starts ``release_type``; None when only people and other DAGs start it."""
    timetable = _timetable(product, release_type)
    asset = _ready(product, release_type)
    if timetable is None or asset is None:
        return timetable or (None if asset is None else [asset])
    from windlass.timetables import SprintOrReady

    return SprintOrReady(timetable=timetable, assets=[asset])  # type: ignore[list-item] # Airflow turns the SDK's asset into its own


def _timetable(product: Product, release_type: str) -> SprintTimetable | None:
    if product.cadence is None or product.cadence.drives != release_type:
        return None
    from windlass.timetables.sprint import SprintTimetable

    return SprintTimetable.of(product, release_type)


def _ready(product: Product, release_type: str) -> Asset | None:
    """The asset ``windlass://PRODUCT/ready`` with its watcher."""
    ready = product.ready
    if ready is None or ready.drives != release_type:
        return None
    from airflow.sdk import Asset, AssetWatcher

    from windlass.triggers.ready import ReadyTrigger

    vendor = product.vendor(ready.port)
    if vendor is None:  # the file's checks ask for it
        return None
    trigger = ReadyTrigger(
        product=product.product,
        port=ready.port,
        vendor=vendor.vendor,
        settings=vendor.settings.model_dump(mode="json", by_alias=True),
        root=product.root,
        name=str(ready.tracker or ready.source_control),
        every=ready.every.total_seconds(),
    )
    return Asset(
        name=f"{product.product} is ready",
        uri=f"windlass://{product.product}/ready",
        watchers=[AssetWatcher(name=f"{product.product}-{ready.port}", trigger=trigger)],
    )
