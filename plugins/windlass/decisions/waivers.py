"""A red check let through by a named person, for a reason, until a day.

A waiver must outlast what it is needed for: one that ends before Day 0 closes the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.holders import Holders
from windlass.decisions.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """``check`` is the id of the red task; ``package`` the digest of what it was red on."""

    id: str
    check: str
    person: str
    at: datetime
    until: datetime
    reason: str
    package: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverPolicy:
    """Who may waive, for how long at most, and what nobody may.

    ``roles`` empty: nobody may waive anything.
    """

    roles: tuple[str, ...]
    longest: timedelta = timedelta(days=30)
    never: tuple[str, ...] = ()


def holds(
    waiver: Waiver,
    policy: WaiverPolicy,
    holders: Holders,
    package: str,
    now: datetime,
    needed_until: datetime,
) -> Verdict:
    """Whether ``waiver`` covers its check for this package until ``needed_until`` (Day 0 or now).

    ==================================  =====
    the waiver                          holds
    ==================================  =====
    by an allowed role, lasts to Day 0  yes
    by anybody else                     no
    without a reason                    no
    ends before Day 0                   no
    ended                               no
    given for longer than allowed       no
    of a check that nobody may waive    no
    given for another package           no
    ==================================  =====
    """
    needed = max(now, needed_until)
    against = []
    if waiver.check in policy.never:
        against.append("nobody may waive this check")
    if not holders.any_of(policy.roles, waiver.person, waiver.at):
        allowed = ", ".join(policy.roles) or "nobody"
        against.append(f"{waiver.person} may not waive; allowed: {allowed}")
    if not waiver.reason.strip():
        against.append("it has no reason")
    if waiver.at > now:
        against.append("it is dated after this moment")
    if waiver.until - waiver.at > policy.longest:
        against.append(f"it lasts longer than {policy.longest.days} days")
    if waiver.until <= needed:
        against.append(f"it ends at {waiver.until.isoformat()}, needed to {needed.isoformat()}")
    if waiver.package != package:
        against.append("it was given for another package")
    if against:
        return Verdict(Outcome.FAIL, tuple(f"waiver of {waiver.check}: {why}" for why in against))
    return Verdict(
        Outcome.PASS, (f"{waiver.check} waived by {waiver.person}: {waiver.reason.strip()}",)
    )
