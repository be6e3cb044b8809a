"""Standing approvals: a seat's owner signs ahead for releases that are plain enough.

Signed for at most 90 days, with conditions; it fills the seat only while every condition is known
to hold, the person still holds the role, and has not rejected this very release. Each use is an
event of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.binding import Bound
from windlass.decisions.holders import Holders
from windlass.decisions.signatures import Signature, Via
from windlass.decisions.verdict import Outcome, Verdict
from windlass.errors import InputError

#: The longest that anybody may sign ahead.
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """``patch, risk ≤ 30, no migration, all checks green``, signed by the seat's owner.

    ``max_risk`` counts from 0 to 100. ``products`` empty: any product.

    Raises:
        InputError: it would last longer than 90 days, or ends before it starts.
    """

    id: str
    gate: str
    role: str
    person: str
    signed_at: datetime
    until: datetime
    release_types: tuple[str, ...]
    max_risk: int
    no_migration: bool = True
    all_green: bool = True
    products: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lasts = self.until - self.signed_at
        if not timedelta(0) < lasts <= LONGEST:
            raise InputError(
                f"standing approval {self.id}: from {self.signed_at.date()} to "
                f"{self.until.date()} is {lasts.days} days; allowed: 1 to {LONGEST.days}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What a standing approval's conditions are compared with; None = not known."""

    product: str
    release_type: str
    risk: int | None
    migrates: bool | None
    all_green: bool | None


def applies(
    standing: StandingApproval, facts: ReleaseFacts, holders: Holders, now: datetime
) -> Verdict:
    """Whether ``standing`` may be used for this release now; what is not known does not pass.

    ========  =======  ========  ==========  ===
    risk      migrates all green lasts until use
    ========  =======  ========  ==========  ===
    20 ≤ 30   no       yes       tomorrow    yes
    31 > 30   no       yes       tomorrow    no
    unknown   no       yes       tomorrow    no
    20        yes      yes       tomorrow    no
    20        no       unknown   tomorrow    no
    20        no       yes       yesterday   no
    ========  =======  ========  ==========  ===
    """
    against = _against(standing, facts) + _over(standing, holders, now)
    if against:
        return Verdict(Outcome.FAIL, tuple(f"{standing.id}: {why}" for why in against))
    return Verdict(
        Outcome.PASS,
        (f"{standing.id}: {standing.person} signed ahead until {standing.until.date()}",),
    )


def signatures_from(
    standings: Iterable[StandingApproval],
    facts: ReleaseFacts,
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
) -> tuple[Signature, ...]:
    """A signature at ``now`` for each standing approval that applies, bound to ``current``."""
    return tuple(
        Signature(
            gate=standing.gate,
            role=standing.role,
            person=standing.person,
            at=now,
            binds=dict(current),
            reason=f"standing approval {standing.id}",
            via=Via.STANDING,
            until=standing.until,
            standing=standing.id,
        )
        for standing in standings
        if applies(standing, facts, holders, now).passed
    )


def _against(standing: StandingApproval, facts: ReleaseFacts) -> list[str]:
    found = []
    if standing.products and facts.product not in standing.products:
        found.append(f"is not for {facts.product}")
    if facts.release_type not in standing.release_types:
        found.append(f"is for {', '.join(standing.release_types)}, not {facts.release_type}")
    if facts.risk is None or facts.risk > standing.max_risk:
        risk = "not known" if facts.risk is None else facts.risk
        found.append(f"risk is {risk}, allowed: at most {standing.max_risk}")
    if standing.no_migration and facts.migrates is not False:
        found.append("the release migrates, or nobody knows")
    if standing.all_green and facts.all_green is not True:
        found.append("not every check is green, or not known to be")
    return found


def _over(standing: StandingApproval, holders: Holders, now: datetime) -> list[str]:
    found = []
    if not standing.signed_at <= now < standing.until:
        found.append(f"lasts from {standing.signed_at.date()} to {standing.until.date()}")
    for instant, when in ((standing.signed_at, "when signing"), (now, "now")):
        if standing.person not in holders.at(standing.role, instant):
            found.append(f"{standing.person} does not hold {standing.role} {when}")
    return found
