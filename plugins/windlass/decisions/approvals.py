"""Is this gate open? Decided from signatures alone, never from the state of a task.

A rule asks for ``product_manager × 1`` and ``devops × 1``. Mia is product manager and also devops,
Ops is devops, Lea may accept risks, Sam is none of these; everything binds to package ``a1``, which
is still the package:

==================================================  ========  ==================================
signatures                                          gate      why
==================================================  ========  ==================================
none, however long ago it was asked                 waiting   a timeout is never an approval
mia as product_manager                              waiting   devops × 1: ops may sign
mia as product_manager and as devops                waiting   one person fills one seat
mia as product_manager, sam as devops               waiting   sam does not hold devops
mia as product_manager, ops as devops               open
the same, ops leaves devops afterwards              open      held it when signing
the same, with ``still_holding``                    waiting   ops no longer holds devops
the same, older than ``expires_after``              waiting   expired
the same, with package ``b2`` since                 waiting   both signed for another package
the same, but ops is excluded (triggered it)        waiting   ops does not count
ops rejects                                         rejected  parked with its condition
ops rejects, then approves the same thing           open      taken back by ops
ops approves, then rejects                          rejected  the last word counts
ops rejects, package ``b2`` since                   waiting   rejected something else
ops rejects, mia (a resolver): addressed            waiting   asked again
ops rejects, lea accepts the risk                   open      lea owns it, and fills the seat
ops rejects, lea accepts, the rule lets nobody      rejected  the risk cannot be accepted
sam rejects                                         waiting   sam holds no role here
==================================================  ========  ==================================

The rows about ops from "ops rejects" on have mia's signature beside them. Several rules must all
hold, each with its own exclusions and expiry; a signature counts for each rule that it satisfies.
The order in which simultaneous signatures arrive changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from windlass.decisions.binding import Bound
from windlass.decisions.holders import Holders
from windlass.decisions.objections import not_allowed, objection
from windlass.decisions.rejections import weigh
from windlass.decisions.seating import Able, Seating, seat_people, take
from windlass.decisions.signatures import GateRule, Resolution, Said, Signature, Via
from windlass.decisions.verdict import Outcome, Verdict


class GateOutcome(StrEnum):
    """What a gate answers. There is no fourth: a gate that cannot tell is waiting."""

    OPEN = "open"
    WAITING = "waiting"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class MissingSeat:
    """``count`` more people of ``role``; who could be one, and why earlier answers are none."""

    role: str
    count: int
    may_sign: tuple[str, ...]
    why_not: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for people."""
        who = " or ".join(self.may_sign) if self.may_sign else "nobody there is"
        return "; ".join((f"{self.role} × {self.count} missing, {who} may sign", *self.why_not))


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate at one moment.

    Attributes:
        filled: who fills which seat: ``(person, role)``.
        missing: the seats still to fill.
        void: signatures that do not count, each with the reason.
        rejections: those that keep the gate shut until somebody resolves them.
        standing: uses of standing approvals that fill seats; each is to be recorded.
        reasons: all of it in words; never empty.
    """

    outcome: GateOutcome
    filled: tuple[tuple[str, str], ...]
    missing: tuple[MissingSeat, ...]
    void: tuple[tuple[Signature, str], ...]
    rejections: tuple[Signature, ...]
    standing: tuple[Signature, ...]
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Open passes, rejected fails, waiting cannot tell yet."""
        outcomes = {
            GateOutcome.OPEN: Outcome.PASS,
            GateOutcome.WAITING: Outcome.INCONCLUSIVE,
            GateOutcome.REJECTED: Outcome.FAIL,
        }
        return Verdict(outcomes[self.outcome], self.reasons)


def decide(
    rules: Sequence[GateRule],
    signatures: Iterable[Signature],
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
    *,
    resolutions: Iterable[Resolution] = (),
    standing: Iterable[Signature] = (),
) -> GateState:
    """The state of one gate at ``now``.

    Args:
        rules: all the rules of this gate; each must hold. None at all: the gate cannot open.
        signatures: every answer ever given; those of other gates are ignored, and so are recorded
            uses of standing approvals, which are proved afresh each time.
        current: what there is now, by the names that seats bind to.
        holders: who holds which role, when.
        now: the instant of the decision. An answer dated later does not count yet.
        resolutions: what was answered to rejections.
        standing: what :func:`windlass.decisions.standing.signatures_from` finds at ``now``.

    Raises:
        ValueError: the rules are of different gates.
    """
    if not rules:
        why = "no rule says who must approve here, so this gate cannot open"
        return GateState(GateOutcome.WAITING, (), (), (), (), (), (why,))
    if len({rule.gate for rule in rules}) > 1:
        raise ValueError(f"rules of several gates: {sorted({rule.gate for rule in rules})}")
    gate = rules[0].gate
    given = _given(gate, now, [s for s in signatures if s.via is not Via.STANDING])
    given += _given(gate, now, [s for s in standing if s.via is Via.STANDING])
    answers = sorted((r for r in resolutions if r.gate == gate and r.at <= now), key=repr)
    rejections = weigh(rules, given, answers, current, holders, now)
    able, void = _able(rules, given, current, holders, now)
    _seat_owners(able, rules, rejections.owned)
    seating = seat_people(rules, able, could_sign(rules, holders, now))
    void += rejections.over
    missing = _missing(seating, void)
    return GateState(
        outcome=_outcome(seating, rejections.live),
        filled=seating.filled,
        missing=missing,
        void=tuple(void),
        rejections=rejections.live,
        standing=tuple(s for s in given if s.via is Via.STANDING and _fills(s, seating, given)),
        reasons=_reasons(gate, missing, rejections.live, seating),
    )


def may_answer(
    rules: Sequence[GateRule],
    signature: Signature,
    current: Mapping[str, Bound],
    holders: Holders,
) -> Verdict:
    """Would this answer count for anything if it were given now? Asked before it is let in.

    A rejection is refused only for what the person may not do; an approval also for a stale page.
    """
    asking = [rule for rule in rules if rule.gate == signature.gate and rule.seat(signature.role)]
    if not asking:
        return Verdict(Outcome.FAIL, (f"{signature.gate} asks no {signature.role}",))
    whys = [
        not_allowed(rule, signature, holders)
        if signature.said is Said.REJECT
        else objection(rule, seat, signature, current, holders, signature.at)
        for rule in asking
        if (seat := rule.seat(signature.role)) is not None
    ]
    if all(whys):
        return Verdict(Outcome.FAIL, tuple(dict.fromkeys(whys)))
    return Verdict(Outcome.PASS, (f"{signature.person} may sign as {signature.role}",))


def feasible(rules: Sequence[GateRule], holders: Holders, now: datetime) -> Verdict:
    """Could the people there are open this gate if everybody said yes? Asked at planning.

    ``FAIL`` names each seat that would stay empty, and why.
    """
    if not rules:
        return Verdict(Outcome.FAIL, ("no rule says who must approve here",))
    short = seat_people(rules, could_sign(rules, holders, now), {}).missing
    if not short:
        return Verdict(Outcome.PASS, (f"the people there are can open {rules[0].gate}",))
    return Verdict(
        Outcome.FAIL,
        tuple(_unmeetable(rules, role, count, holders, now) for role, count in short.items()),
    )


def could_sign(rules: Sequence[GateRule], holders: Holders, now: datetime) -> Able:
    """What each person would fill by signing now."""
    able: Able = {}
    for place, rule in enumerate(rules):
        for seat in rule.seats:
            for person in holders.at(seat.role, now) - rule.exclude.keys():
                take(able, person, (place, seat.role))
    return able


def _given(gate: str, now: datetime, signatures: Iterable[Signature]) -> list[Signature]:
    """The answers of this gate so far, in an order that does not depend on arrival."""
    chosen = {repr(s): s for s in signatures if s.gate == gate and s.at <= now}
    return sorted(chosen.values(), key=lambda s: (s.at, s.role, s.person, repr(s)))


def _seat_owners(able: Able, rules: Sequence[GateRule], owned: Sequence[Resolution]) -> None:
    """Who took a risk on them can fill the seat whose rejection it answers."""
    for place, rule in enumerate(rules):
        for risk in owned:
            if rule.seat(risk.role):
                take(able, risk.person, (place, risk.role))


def _able(
    rules: Sequence[GateRule],
    given: Sequence[Signature],
    current: Mapping[str, Bound],
    holders: Holders,
    now: datetime,
) -> tuple[Able, list[tuple[Signature, str]]]:
    """Who can fill what, and the approvals that count for nothing somewhere."""
    able: Able = {}
    void: dict[str, tuple[Signature, str]] = {}
    for place, rule in enumerate(rules):
        for signature in (s for s in given if s.said is Said.APPROVE):
            seat = rule.seat(signature.role)
            if seat is None:
                continue
            why = objection(rule, seat, signature, current, holders, now)
            if not why and _taken_back(signature, given):
                why = f"{signature.person} rejected afterwards"
            if why:
                void.setdefault(f"{signature!r} {why}", (signature, why))
            else:
                take(able, signature.person, (place, seat.role))
    return able, list(void.values())


def _taken_back(approval: Signature, given: Sequence[Signature]) -> bool:
    """Whether the same person rejected at that moment or later (a standing one: at any time)."""
    return any(
        other.said is Said.REJECT
        and (other.person, other.role) == (approval.person, approval.role)
        and (other.at >= approval.at or approval.via is Via.STANDING)
        for other in given
    )


def _fills(signature: Signature, seating: Seating, given: Sequence[Signature]) -> bool:
    """Whether a standing approval is what fills its seat, rather than that person's own word."""
    seat = (signature.person, signature.role)
    return seat in seating.filled and not any(
        s.said is Said.APPROVE and s.via is not Via.STANDING and (s.person, s.role) == seat
        for s in given
    )


def _outcome(seating: Seating, rejections: Sequence[Signature]) -> GateOutcome:
    if rejections:
        return GateOutcome.REJECTED
    return GateOutcome.WAITING if seating.missing else GateOutcome.OPEN


def _missing(seating: Seating, void: Sequence[tuple[Signature, str]]) -> tuple[MissingSeat, ...]:
    return tuple(
        MissingSeat(
            role,
            count,
            seating.may_sign[role],
            tuple(dict.fromkeys(why for signature, why in void if signature.role == role)),
        )
        for role, count in seating.missing.items()
    )


def _reasons(
    gate: str,
    missing: Sequence[MissingSeat],
    rejections: Sequence[Signature],
    seating: Seating,
) -> tuple[str, ...]:
    lines = [
        f"{r.person} ({r.role}) rejected: {r.reason or 'no reason given'}"
        + (f"; condition: {r.condition}" if r.condition else "")
        for r in rejections
    ]
    lines += [seat.text for seat in missing]
    signed = ", ".join(f"{person} as {role}" for person, role in seating.filled)
    return tuple(lines) or (f"{gate} is approved by {signed}",)


def _unmeetable(
    rules: Sequence[GateRule], role: str, count: int, holders: Holders, now: datetime
) -> str:
    needed = max(seat.count for rule in rules if (seat := rule.seat(role)))
    held = ", ".join(sorted(holders.at(role, now))) or "nobody"
    out = {p: why for r in rules if r.seat(role) for p, why in sorted(r.exclude.items())}
    lines = [f"{rules[0].gate}: {role} × {needed} cannot be met, {count} short: {held} holds it"]
    lines += [f"{p} does not count: {why}" for p, why in out.items() if p in holders.at(role, now)]
    if any(rule.distinct for rule in rules):
        lines.append("one person fills one seat")
    return "; ".join(lines)
