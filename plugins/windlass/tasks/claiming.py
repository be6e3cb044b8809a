"""The lock of a target: what it is called, who wants it, what was given up."""

from __future__ import annotations

from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import place_of
from windlass.tasks.release import Release


def claim_name(release: Release, target: str) -> str:
    """What the lock of ``target`` is called: products do not share their environments."""
    return f"{release.plan.product}/{target}"


def held_by_another(release: Release, target: str) -> str | None:
    """The release that is changing ``target`` right now, if it is another one."""
    holder = release.ledger.claims.holder(claim_name(release, target))
    return None if holder is None or holder.stream == release.id else holder.stream


def wanted(release: Release) -> tuple[str, ...]:
    """The targets that a more urgent release wants and this one still holds."""
    found = []
    for target in release.view.preempted:
        holder = release.ledger.claims.holder(claim_name(release, target))
        if holder is not None and holder.stream == release.id and holder.wanted_by:
            found.append(target)
    return tuple(found)


def put_back_for(release: Release, target: str) -> ReleaseView | None:
    """The exposed release that was put back on ``target`` so that this one could have it.

    What it had there may be a flag alone.
    """
    name = claim_name(release, target)
    for event in release.ledger.events(release.id):
        giver = event.data.get("from") if event.type == "claim.taken" else None
        if giver and event.data["target"] == name:
            other = fold(str(giver), release.ledger.events(str(giver)))
            if other.closed and any(place_of(name) == target for name in other.reverted):
                return other
    return None


def in_hand(release: Release) -> tuple[str, ...]:
    """The touched targets that are this release's to put right, in the order they were touched.

    What it gave up to a more urgent one was put back then, and is that one's by now.
    """
    return tuple(t for t in release.view.touched if not _given_up(release, t))


def _given_up(release: Release, target: str) -> bool:
    """A flag goes with the place that it is in."""
    settled = target in release.view.reverted or target in release.view.forward
    if place_of(target) not in release.view.preempted or not settled:
        return False
    holder = release.ledger.claims.holder(claim_name(release, place_of(target)))
    return holder is None or holder.stream != release.id
