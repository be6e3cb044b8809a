"""Releases that get in each other's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.conflicts import Booking, conflicts

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)


def booking(product: str, hours: float = 0, locks: str = "", on_call: str = "ops lea") -> Booking:
    start = NOON + timedelta(hours=hours)
    return Booking(
        product,
        "minor",
        start,
        start + timedelta(hours=4),
        frozenset(locks.split()),
        frozenset(on_call.split()),
    )


def test_a_shared_environment_at_one_time_is_a_conflict() -> None:
    (found,) = conflicts([booking("b", 2, "shop"), booking("a", 0, "shop orders")])
    assert (found.kind, found.shared) == ("environment", ("shop",))
    assert found.text == "a and b: both need shop"


def test_the_only_person_on_call_cannot_be_in_two_releases() -> None:
    (found,) = conflicts([booking("a", on_call="ops"), booking("b", on_call="ops")])
    assert found.text == "a and b: both need ops, and nobody else is on call"


@pytest.mark.parametrize(
    "other",
    [
        booking("b", 4, "shop", "ops"),
        booking("b", 0, "cart", "lea"),
        booking("a", 1, "shop", "ops"),
        booking("b", 0, "", "ops lea"),
    ],
)
def test_one_after_the_other_or_with_enough_people_there_is_none(other: Booking) -> None:
    assert conflicts([booking("a", 0, "shop", "ops"), other]) == []
