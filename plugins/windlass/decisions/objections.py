"""Why an answer does not count: the person may not, or what was signed is not what there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from windlass.decisions.binding import Bound, unbound
from windlass.decisions.holders import Holders
from windlass.decisions.signatures import GateRule, Seat, Signature


def objection(
    rule: GateRule,
    seat: Seat,
    signature: Signature,
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
) -> str:
    """Why the approval ``signature`` does not count for ``seat``; empty when it does."""
    person = signature.person
    why = not_allowed(rule, signature, holders)
    if why:
        return why
    if rule.still_holding and person not in holders.at(seat.role, now):
        return f"{person} no longer holds {seat.role}"
    return not_fresh(rule, seat, signature, current, now)


def not_allowed(rule: GateRule, signature: Signature, holders: Holders) -> str:
    """Why ``signature.person`` may not answer under ``rule``; empty when they may.

    The role must have been held when the answer was given.
    """
    person, role = signature.person, signature.role
    if person in rule.exclude:
        return f"{person} does not count: {rule.exclude[person]}"
    if person not in holders.at(role, signature.at):
        return f"{person} does not hold {role} (at {_stamp(signature.at)})"
    return ""


def not_fresh(
    rule: GateRule, seat: Seat, signature: Signature, current: Mapping[str, Bound], now: datetime
) -> str:
    """Why ``signature`` has run out, or covers something else; empty when it is good."""
    person = signature.person
    if signature.until is not None and now >= signature.until:
        return f"{person}'s approval ended at {_stamp(signature.until)}"
    if rule.expires_after is not None and now >= signature.at + rule.expires_after:
        return f"{person}'s approval expired at {_stamp(signature.at + rule.expires_after)}"
    changed = unbound(seat.binds, signature.binds, current)
    return f"{person}'s approval is for something else: {'; '.join(changed)}" if changed else ""


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M %Z")
