"""Which rejections keep a gate shut, and which are over.

A rejection stands until the same person approves the same thing, until what it rejected is
replaced, or until a named person answers it: *addressed* asks again, *risk accepted* makes that
person its owner. It never ends by time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from windlass.decisions.binding import Bound, Evidence, short, unbound
from windlass.decisions.holders import Holders
from windlass.decisions.objections import not_allowed
from windlass.decisions.signatures import (
    GateRule,
    Resolution,
    Said,
    Seat,
    Signature,
    Via,
    Way,
)

#: A rule that asks the role in question, and its seat for it.
Asking = tuple[GateRule, Seat]


@dataclass(frozen=True, slots=True)
class Rejections:
    """``live`` keep the gate shut, ``over`` do not, with the reason; ``owned`` fill a seat."""

    live: tuple[Signature, ...]
    over: tuple[tuple[Signature, str], ...]
    owned: tuple[Resolution, ...]


def weigh(
    rules: Sequence[GateRule],
    given: Sequence[Signature],
    resolutions: Sequence[Resolution],
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
) -> Rejections:
    """Sort the rejections among ``given``.

    A rejection counts as soon as one rule that asks its role lets the person speak; a resolution
    counts only when every rule that asks the role allows it.
    """
    live: list[Signature] = []
    over: list[tuple[Signature, str]] = []
    owned: list[Resolution] = []
    for rejection in (s for s in given if s.said is Said.REJECT):
        asking = [(r, seat) for r in rules if (seat := r.seat(rejection.role)) is not None]
        if not asking:
            continue
        why = _over(rejection, asking, given, current, holders)
        answers = [r for r in resolutions if resolves(r, rejection, asking, current, holders, now)]
        if not why and answers:
            why = f"{answers[0].way.replace('_', ' ')} by {answers[0].person}: {answers[0].reason}"
            owned += [r for r in answers if r.way is Way.RISK_ACCEPTED]
        if why:
            over.append((rejection, why))
        else:
            live.append(rejection)
    return Rejections(tuple(live), tuple(over), tuple(owned))


def resolves(
    resolution: Resolution,
    rejection: Signature,
    asking: Sequence[Asking],
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
) -> bool:
    """Whether ``resolution`` answers ``rejection`` and its author may give it.

    Accepting a risk lasts as long as a signature would, and is bound to what the seat binds to.
    """
    about = (resolution.role, resolution.rejected_by) == (rejection.role, rejection.person)
    if not about or resolution.at < rejection.at:
        return False
    if resolution.way is Way.ADDRESSED:
        who, at = resolution.person, resolution.at
        return all(holders.any_of(rule.resolvers, who, at) for rule, _ in asking)
    return all(
        resolution.person not in rule.exclude
        and not (rule.expires_after is not None and now >= resolution.at + rule.expires_after)
        and holders.any_of(rule.risk_acceptors, resolution.person, resolution.at)
        and not unbound(seat.binds, resolution.binds, current)
        for rule, seat in asking
    )


def _over(
    rejection: Signature,
    asking: Sequence[Asking],
    given: Sequence[Signature],
    current: Mapping[str, Bound],
    holders: Holders,
) -> str:
    """Why ``rejection`` is over without anybody's help; empty when it is not."""
    refused = [not_allowed(rule, rejection, holders) for rule, _ in asking]
    if all(refused):
        return refused[0]
    binds = tuple(dict.fromkeys(n for _, seat in asking for n in seat.binds))
    replaced = _replaced(binds, rejection.binds, current)
    if replaced:
        return f"{rejection.person} rejected something else: {replaced}"
    if any(_takes_back(signature, rejection, binds) for signature in given):
        return f"{rejection.person} approved the same thing afterwards"
    return ""


def _takes_back(approval: Signature, rejection: Signature, binds: Sequence[str]) -> bool:
    """Whether a person's own later word, on the same thing, ends their rejection."""
    return (
        approval.said is Said.APPROVE
        and approval.via is not Via.STANDING
        and (approval.person, approval.role) == (rejection.person, rejection.role)
        and approval.at > rejection.at
        and not _replaced(binds, rejection.binds, approval.binds)
    )


def _replaced(names: Sequence[str], rejected: Mapping[str, Bound], now: Mapping[str, Bound]) -> str:
    """What was rejected is gone: which thing was replaced by another; empty when none was.

    What the rejection did not name cannot end it, and neither does the same evidence measured
    again, better or worse.
    """
    for name in names:
        then, new = _identity(rejected.get(name)), _identity(now.get(name))
        if then and new and then != new:
            return f"the {name} changed: {short(then)} → {short(new)}"
    return ""


def _identity(bound: Bound | None) -> str | None:
    return bound.package if isinstance(bound, Evidence) else bound
