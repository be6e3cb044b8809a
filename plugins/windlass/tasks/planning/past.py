"""What earlier releases of the product say about the next one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from windlass.tasks.people import author_called
from windlass.tasks.release import Release
from windlass.tasks.scoping import last_promoted

#: How far back a failed release counts.
MEMORY = timedelta(days=90)
FAILED = frozenset(
    {"rolled back", "rolled forward", "halted", "failed", "released with exceptions"}
)


def failures(release: Release) -> int:
    """Releases of the last 90 days that were rolled back or broke something."""
    ended = release.ledger.select(
        ("release.ended",), product=release.plan.product, after=release.now() - MEMORY
    )
    return len({event.stream for event in ended if event.data.get("outcome") in FAILED})


def idle_days(release: Release) -> float:
    """Days since anything was promoted; infinite before the first release."""
    newest = last_promoted(release)
    if newest is None:
        return float("inf")
    return max(0.0, (release.now() - newest.since) / timedelta(days=1))


def newcomers(release: Release, addresses: Iterable[str]) -> tuple[str, ...]:
    """Those of the authors that no earlier release of the product names."""
    product = release.plan.product
    known: set[str] = set()
    for event in release.ledger.select(("scope.locked",), product=product):
        if event.stream != release.id:
            known.update(event.data.get("authors") or ())
            known.update(event.data.get("unmapped_authors") or ())
    return tuple(
        address
        for address in addresses
        if not {address, author_called(release.product, address)} & known
    )
