"""Reviews that are owed: what they do to the next release, and who is reminded of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from windlass.decisions.chasing import Pace, Waited, chase
from windlass.decisions.review_debt import OwedReview, may_start
from windlass.decisions.verdict import Outcome
from windlass.decisions.windows import Purpose
from windlass.errors import LedgerError, WindlassError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.calendars import purpose_of
from windlass.tasks.chasing import hours_of
from windlass.tasks.follow_up.owing import owed_reviews
from windlass.tasks.opening import Connect, take_up
from windlass.tasks.release import Clock, Release
from windlass.tasks.results import Wait
from windlass.tasks.telling import tell

if TYPE_CHECKING:
    from windlass.ledger import Ledger

#: Whoever owes a review is reminded every second working day.
PACE = Pace(remind=timedelta(hours=16), escalate=timedelta(0))
#: The task in whose name people are told.
END = "release.end"


async def review_debt(
    release: Release, task: PlannedTask, environment: str
) -> Wait | Mapping[str, Any]:
    """Wait while an overdue review blocks ``environment``; else what is to be said about it.

    The wait ends as soon as the review is written down as held.
    """
    owed = owed_reviews(release.ledger, release.plan.product)
    verdict = may_start(
        owed,
        environment,
        emergency=purpose_of(release) is not Purpose.RELEASE,
        block=release.policy.follow_up.review.overdue == "block",
        now=release.now(),
    )
    late = [r for r in owed if r.environment == environment and r.overdue(release.now())]
    how = "; ".join(f"windlass review-held {each.release} --notes …" for each in late)
    if verdict.outcome is Outcome.FAIL:
        heads = {each.release: _head(release.ledger, each.release) for each in late}
        return Wait(f"{'; '.join(verdict.reasons)}: hold it, then {how}", also=heads)
    if verdict.outcome is not Outcome.MARGINAL:
        return {}
    subject = f"{release.name} goes to {environment} while a review is overdue"
    body = "\n".join((*verdict.reasons, how))
    await tell(release, task, "problem", subject, body=body, name="review-debt")
    return {"warnings": list(verdict.reasons)}


async def chase_reviews(ledger: Ledger, *, connect: Connect, clock: Clock) -> dict[str, str]:
    """Remind everybody who owes a review; release → what was done about it.

    One that cannot be told does not keep the next one waiting.
    """
    done: dict[str, str] = {}
    for name, each in _unpaid(ledger).items():
        try:
            release = take_up(ledger, name, connect=connect, clock=clock)
            said = await _remind(release, each)
        except LedgerError:
            raise
        except WindlassError as problem:
            said = f"nobody could be told: {problem}"
        if said:
            done[name] = said
    return done


async def _remind(release: Release, owed: OwedReview) -> str:
    """Every second working day the owner, and once, when it is overdue, the product manager too."""
    said = []
    start = _owed_since(release)
    waited = Waited(owed.owner, start, hours_of(release, owed.owner))
    for person, number in chase([waited], PACE, release.now()).reminders:
        if await _tell(release, owed, f"reminder-{number}", (person,)):
            said.append(f"{person} was reminded of the review")
    if owed.overdue(release.now()):
        managers = release.product.holders("product_manager")
        if await _tell(release, owed, "overdue", tuple(dict.fromkeys((owed.owner, *managers)))):
            said.append("the review is overdue")
    return "; ".join(said)


async def _tell(release: Release, owed: OwedReview, what: str, to: tuple[str, ...]) -> bool:
    """Say it once; whether this was the time."""
    before = _head(release.ledger, release.id)
    late = owed.overdue(release.now())
    subject = f"{release.name}: the post-incident review {'was' if late else 'is'} due on "
    how = f"Hold it, then: windlass review-held {release.id} --notes …"
    await tell(
        release,
        release.plan.task(END),
        "problem",
        f"{subject}{owed.due:%Y-%m-%d}; {owed.owner} owes it",
        body=how,
        to=to,
        name=f"review-{what}",
        every_try=False,
    )
    key, owner = f"review-chased#{what}", owed.owner
    release.record(
        "review.chased", key=key, release=release.id, owner=owner, what=what, to=list(to)
    )
    return _head(release.ledger, release.id) != before


def _unpaid(ledger: Ledger) -> dict[str, OwedReview]:
    """What is still owed, by any product; one entry a release."""
    products = {e.data["product"] for e in ledger.select(("review.owed",))}
    found = [each for product in sorted(products) for each in owed_reviews(ledger, str(product))]
    return {each.release: each for each in found if each.done_at is None}


def _owed_since(release: Release) -> datetime:
    """When it was written down that the review is owed."""
    owed = release.view.review_owed
    return datetime.fromisoformat(str(owed["at"])) if owed else release.now()


def _head(ledger: Ledger, stream: str) -> int:
    head = ledger.head(stream)
    return head.seq if head else 0
