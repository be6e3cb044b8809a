"""Waivers: named, reasoned, for this package, and long enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.waivers import Waiver, WaiverPolicy, holds

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY_0 = NOW + timedelta(days=5)
HOLDERS = Holders({"qa_engineer": (Tenure("quinn", NOW - timedelta(days=9)),)})
POLICY = WaiverPolicy(roles=("qa_engineer",), never=("validation.quality.security",))
WAIVER = Waiver(
    id="w1",
    check="validation.quality.performance",
    person="quinn",
    at=NOW - timedelta(hours=1),
    until=DAY_0 + timedelta(days=1),
    reason="known slow query, fixed in 1.5",
    package="sha256:a1",
)


def test_a_good_waiver_holds_and_names_who_and_why() -> None:
    verdict = holds(WAIVER, POLICY, HOLDERS, "sha256:a1", NOW, DAY_0)
    assert verdict.passed
    assert "quinn: known slow query" in verdict.reasons[0]


@pytest.mark.parametrize(
    "change, told",
    [
        ({"person": "sam"}, "may not waive; allowed: qa_engineer"),
        ({"reason": "  "}, "no reason"),
        ({"until": DAY_0 - timedelta(seconds=1)}, "it ends at"),
        ({"until": DAY_0}, "it ends at"),
        ({"until": NOW + timedelta(days=31)}, "longer than 30 days"),
        ({"check": "validation.quality.security"}, "nobody may waive"),
        ({"package": "sha256:b2"}, "another package"),
        ({"at": NOW + timedelta(minutes=1)}, "after this moment"),
    ],
)
def test_a_waiver_that_breaks_a_rule_covers_nothing_and_says_which(
    change: dict[str, object], told: str
) -> None:
    waiver = replace(WAIVER, **change)  # type: ignore[arg-type] # values come from a table
    verdict = holds(waiver, POLICY, HOLDERS, "sha256:a1", NOW, DAY_0)
    assert not verdict.passed
    assert told in " ".join(verdict.reasons)


def test_a_waiver_ends_even_when_day_0_has_passed() -> None:
    late = DAY_0 + timedelta(days=2)
    assert not holds(WAIVER, POLICY, HOLDERS, "sha256:a1", late, DAY_0).passed


def test_where_no_role_may_waive_nobody_can() -> None:
    nobody = WaiverPolicy(roles=())
    assert "allowed: nobody" in holds(WAIVER, nobody, HOLDERS, "sha256:a1", NOW, DAY_0).reasons[0]
