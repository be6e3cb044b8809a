"""A waiver of a red check: weighed when it is given, and again at every gate it must open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.verdict import Verdict
from windlass.decisions.waivers import Waiver, WaiverPolicy, holds
from windlass.errors import InputError
from windlass.tasks.release import Release


def verdict_on(release: Release, waiver: Waiver, roles: tuple[str, ...]) -> Verdict:
    """Whether ``waiver`` counts now: by who may, for this package, until Day 0 at least.

    Args:
        roles: the roles that may waive this check.
    """
    holders = Holders(
        {role: tuple(Tenure(p, waiver.at) for p in release.product.holders(role)) for role in roles}
    )
    now = release.now()
    needed = release.view.day_0 or now
    return holds(waiver, WaiverPolicy(roles=roles), holders, waiver_package(release), now, needed)


def waiver_package(release: Release) -> str:
    """The package that a waiver given now is for; empty before there is a candidate."""
    return release.view.package or ""


def end_of(until: str) -> datetime:
    """The end of the day ``until`` (ISO 8601, UTC), or its instant.

    Raises:
        InputError: it is neither a date nor an instant.
    """
    try:
        if "T" not in until:
            return datetime.combine(date.fromisoformat(until), time.max, tzinfo=UTC)
        instant = datetime.fromisoformat(until)
    except ValueError as problem:
        raise InputError(
            f"'waived until' is {until!r}; allowed: a date such as 2026-03-20, or an instant"
        ) from problem
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
