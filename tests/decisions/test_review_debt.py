"""An emergency owes a review; overdue, it warns or blocks what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.review_debt import OwedReview, may_start
from windlass.decisions.verdict import Outcome

DUE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LATE = DUE + timedelta(seconds=1)
OWED = OwedReview(release="storefront-1.4.1", environment="production", owner="ops", due=DUE)


@pytest.mark.parametrize(
    "environment, now, emergency, block, expected",
    [
        ("production", DUE, False, True, Outcome.PASS),
        ("production", LATE, False, True, Outcome.FAIL),
        ("production", LATE, False, False, Outcome.MARGINAL),
        ("production", LATE, True, True, Outcome.PASS),
        ("staging", LATE, False, True, Outcome.PASS),
    ],
)
def test_an_overdue_review_stops_only_ordinary_releases_to_that_environment(
    environment: str, now: datetime, emergency: bool, block: bool, expected: Outcome
) -> None:
    verdict = may_start([OWED], environment, emergency=emergency, block=block, now=now)
    assert verdict.outcome is expected


def test_the_debt_names_the_release_the_day_and_who_owes_it() -> None:
    verdict = may_start([OWED], "production", emergency=False, block=True, now=LATE)
    assert verdict.reasons == (
        "the post-incident review of storefront-1.4.1 was due on 2026-03-09: ops owes it",
    )


def test_paying_the_debt_opens_the_way() -> None:
    paid = OwedReview(
        release="storefront-1.4.1", environment="production", owner="ops", due=DUE, done_at=LATE
    )
    assert may_start([paid], "production", emergency=False, block=True, now=LATE).passed
