"""Reviews that are owed: by an emergency within days, by a release whose review nobody held."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from windlass.decisions.review_debt import OwedReview
from windlass.errors import InputError
from windlass.tasks.days import after
from windlass.tasks.follow_up.after_production import reached_users, released_at, wanted_targets
from windlass.tasks.release import Release

if TYPE_CHECKING:
    from windlass.ledger import Ledger

OWED_TYPES = ("review.owed", "review.paid")


def owe_incident_review(release: Release) -> None:
    """Write down that an emergency owes its post-incident review, once users saw it."""
    period = release.policy.review_due
    if period is None or not reached_users(release):
        return
    since = released_at(release) or release.now()
    owe(release, "post-incident review", due=after(release, since, period))


def owe(release: Release, what: str, *, due: datetime) -> None:
    """Write down once that ``what`` is owed by the captain until ``due``."""
    environments = dict.fromkeys(t.environment for t in wanted_targets(release))
    release.record(
        "review.owed",
        key="review-owed",
        what=what,
        product=release.plan.product,
        release=release.id,
        owner=release.view.captain,
        environments=list(environments),
        due=due.isoformat(),
        overdue=release.policy.follow_up.review.overdue,
    )


def pay(ledger: Ledger, release: str, *, by: str, notes: str, at: datetime) -> None:
    """Write down that the review of ``release`` was held.

    Raises:
        InputError: nothing is owed for it, or ``notes`` are empty.
    """
    if not notes.strip():
        raise InputError("say what the review found, or where it is written down")
    owed = [e for e in ledger.events(release) if e.type in OWED_TYPES]
    if not owed or owed[-1].type == "review.paid":
        raise InputError(f"no review is owed for {release}")
    data = {"release": release, "notes": notes.strip()}
    ledger.append(release, "review.paid", data, key=f"paid#{owed[-1].seq}", at=at, by=by)


def owed_reviews(ledger: Ledger, product: str) -> tuple[OwedReview, ...]:
    """Every review that ``product`` owes or owed, one per environment, as decisions read them."""
    paid: dict[str, datetime] = {}
    owed = []
    for event in ledger.select(OWED_TYPES, product=product):
        if event.type == "review.paid":
            paid[str(event.data["release"])] = event.at
        else:
            owed.append(event.data)
    return tuple(
        OwedReview(
            release=str(data["release"]),
            environment=str(environment),
            owner=str(data["owner"] or "nobody"),
            due=datetime.fromisoformat(data["due"]),
            done_at=paid.get(str(data["release"])),
        )
        for data in owed
        for environment in data["environments"]
    )
