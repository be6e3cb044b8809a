"""Gates: the truth table of decisions.approvals, and the promises around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.approvals import GateOutcome, decide, feasible, may_answer
from windlass.decisions.binding import Evidence
from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.signatures import (
    GateRule,
    Resolution,
    Said,
    Seat,
    Signature,
    Via,
    Way,
)
from windlass.decisions.standing import ReleaseFacts, StandingApproval, applies, signatures_from
from windlass.errors import InputError

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = T0 + timedelta(hours=8)
GATE = "readiness"
CURRENT = {"package": "sha256:a1"}


def hour(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def team(**roles: str) -> Holders:
    return Holders(
        {
            role: tuple(Tenure(p, hour(-9999)) for p in names.split())
            for role, names in roles.items()
        }
    )


TEAM = team(product_manager="mia", devops="ops mia", release_manager="lea", viewer="sam")
RULE = GateRule(
    name="storefront",
    seats=(
        Seat(GATE, "product_manager", binds=("package",)),
        Seat(GATE, "devops", binds=("package",)),
    ),
    risk_acceptors=("release_manager",),
)


def yes(person: str, role: str, at: float = 1, **more: object) -> Signature:
    given = {"gate": GATE, "role": role, "person": person, "at": hour(at), "binds": CURRENT}
    return Signature(**{**given, **more})  # type: ignore[arg-type] # values come from a table


def no(person: str, role: str, at: float = 1, **more: object) -> Signature:
    return yes(person, role, at, said=Said.REJECT, reason="breaks", condition="fix", **more)


def answer(way: Way, person: str, at: float = 3, **more: object) -> Resolution:
    return Resolution(
        **{  # type: ignore[arg-type] # values come from a table
            "gate": GATE,
            "role": "devops",
            "rejected_by": "ops",
            "way": way,
            "person": person,
            "at": hour(at),
            "reason": "we know",
            "binds": CURRENT,
            **more,
        }
    )


MIA, OPS = yes("mia", "product_manager"), yes("ops", "devops")
B2 = {"package": "sha256:b2"}

TABLE = {
    "nobody answered for a year": ((), {"now": hour(9000)}, "waiting"),
    "one of two": ((MIA,), {}, "waiting"),
    "one person twice": ((MIA, yes("mia", "devops")), {}, "waiting"),
    "somebody without the role": ((MIA, yes("sam", "devops")), {}, "waiting"),
    "an unknown name": ((MIA, yes("nobody", "devops")), {}, "waiting"),
    "both": ((MIA, OPS), {}, "open"),
    "both, by mark and answer": ((replace(MIA, via=Via.MARK), OPS), {}, "open"),
    "signed for the future": ((MIA, yes("ops", "devops", at=99)), {}, "waiting"),
    "signed for another package": ((MIA, yes("ops", "devops", binds=B2)), {}, "waiting"),
    "signed without seeing the package": ((MIA, yes("ops", "devops", binds={})), {}, "waiting"),
    "a new package since": ((MIA, OPS), {"current": B2}, "waiting"),
    "the package is not known": ((MIA, OPS), {"current": {}}, "waiting"),
    "an approval with an end": ((MIA, yes("ops", "devops", until=hour(4))), {}, "waiting"),
    "of another gate": ((MIA, yes("ops", "devops", gate="acceptance")), {}, "waiting"),
    "a recorded standing use alone": (
        (MIA, yes("ops", "devops", via=Via.STANDING, standing="s1")),
        {},
        "waiting",
    ),
    "a rejection": ((MIA, no("ops", "devops")), {}, "rejected"),
    "a rejection without words": (
        (MIA, yes("ops", "devops", said=Said.REJECT)),
        {},
        "rejected",
    ),
    "a rejection that named nothing": ((MIA, no("ops", "devops", binds={})), {}, "rejected"),
    "a rejection beside a full gate": ((MIA, OPS, no("mia", "devops")), {}, "rejected"),
    "rejected, then approved": ((MIA, no("ops", "devops"), yes("ops", "devops", 2)), {}, "open"),
    "approved, then rejected": ((MIA, OPS, no("ops", "devops", 2)), {}, "rejected"),
    "both at once": ((MIA, OPS, no("ops", "devops")), {}, "rejected"),
    "rejected, then approved something else": (
        (MIA, no("ops", "devops"), yes("ops", "devops", 2, binds=B2)),
        {},
        "rejected",
    ),
    "rejected, then a new package": (
        (MIA, no("ops", "devops")),
        {"current": B2},
        "waiting",
    ),
    "rejected by somebody without the role": ((MIA, OPS, no("sam", "devops")), {}, "open"),
    "rejected and addressed": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.ADDRESSED, "mia")]},
        "waiting",
    ),
    "addressed by somebody who may not": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.ADDRESSED, "sam")]},
        "rejected",
    ),
    "addressed before it was rejected": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.ADDRESSED, "mia", at=0)]},
        "rejected",
    ),
    "addressed and signed again": (
        (MIA, no("ops", "devops"), yes("ops", "devops", 4)),
        {"resolutions": [answer(Way.ADDRESSED, "mia")]},
        "open",
    ),
    "addressed at the very moment": (
        (MIA, no("ops", "devops", 3)),
        {"resolutions": [answer(Way.ADDRESSED, "mia", at=3)]},
        "waiting",
    ),
    "said both at once, and addressed": (
        (MIA, OPS, no("ops", "devops")),
        {"resolutions": [answer(Way.ADDRESSED, "mia")]},
        "waiting",
    ),
    "an approval that ends this very moment": (
        (MIA, yes("ops", "devops", until=NOW)),
        {},
        "waiting",
    ),
    "one strict rule among lenient ones": (
        (MIA, yes("mia", "devops")),
        {"rules": [replace(RULE, distinct=False), RULE]},
        "waiting",
    ),
    "risk accepted": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.RISK_ACCEPTED, "lea")]},
        "open",
    ),
    "risk accepted, a rule of other roles beside it": (
        (MIA, no("ops", "devops")),
        {
            "resolutions": [answer(Way.RISK_ACCEPTED, "lea")],
            "rules": [RULE, GateRule(name="company", seats=RULE.seats[:1])],
        },
        "open",
    ),
    "risk accepted by somebody who may not": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.RISK_ACCEPTED, "mia")]},
        "rejected",
    ),
    "risk accepted for another package": (
        (MIA, no("ops", "devops")),
        {"resolutions": [answer(Way.RISK_ACCEPTED, "lea", binds=B2)]},
        "rejected",
    ),
    "risk accepted where nobody may": (
        (MIA, no("ops", "devops")),
        {
            "resolutions": [answer(Way.RISK_ACCEPTED, "lea")],
            "rules": [replace(RULE, risk_acceptors=())],
        },
        "rejected",
    ),
    "risk accepted long ago": (
        (MIA, no("ops", "devops")),
        {
            "resolutions": [answer(Way.RISK_ACCEPTED, "lea")],
            "rules": [replace(RULE, expires_after=timedelta(hours=2))],
        },
        "rejected",
    ),
    "expired": (
        (MIA, OPS),
        {"rules": [replace(RULE, expires_after=timedelta(hours=7))]},
        "waiting",
    ),
    "not yet expired": (
        (MIA, OPS),
        {"rules": [replace(RULE, expires_after=timedelta(hours=7, seconds=1))]},
        "open",
    ),
    "an excluded person": (
        (MIA, OPS),
        {"rules": [replace(RULE, exclude={"ops": "triggered the release"})]},
        "waiting",
    ),
    "two rules, one not met": (
        (MIA, OPS),
        {"rules": [RULE, GateRule(name="company", seats=(Seat(GATE, "release_manager"),))]},
        "waiting",
    ),
    "no rule at all": ((MIA, OPS), {"rules": []}, "waiting"),
    "one person may fill all seats": (
        (MIA, yes("mia", "devops")),
        {"rules": [replace(RULE, distinct=False)]},
        "open",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_gate_answers_as_the_table_says(case: str) -> None:
    given, changes, expected = TABLE[case]
    with_defaults = {"rules": [RULE], "current": CURRENT, "now": NOW, "resolutions": (), **changes}
    state = decide(signatures=given, holders=TEAM, **with_defaults)  # type: ignore[arg-type] # values come from a table
    assert state.outcome == expected
    assert state.reasons
    assert state.verdict.passed is (expected == "open")


def test_a_person_who_loses_the_role_after_signing_still_counts_unless_the_rule_says_still() -> (
    None
):
    left = Holders({**TEAM.tenures, "devops": (Tenure("ops", hour(-1), until=hour(2)),)})
    assert decide([RULE], [MIA, OPS], CURRENT, left, NOW).outcome is GateOutcome.OPEN
    strict = decide([replace(RULE, still_holding=True)], [MIA, OPS], CURRENT, left, NOW)
    assert strict.outcome is GateOutcome.WAITING
    assert "ops no longer holds devops" in strict.missing[0].text


def test_a_person_who_gets_the_role_after_signing_must_sign_again() -> None:
    late = Holders({**TEAM.tenures, "devops": (Tenure("ops", hour(2)),)})
    assert decide([RULE], [MIA, OPS], CURRENT, late, NOW).outcome is GateOutcome.WAITING
    again = decide([RULE], [MIA, OPS, yes("ops", "devops", 3)], CURRENT, late, NOW)
    assert again.outcome is GateOutcome.OPEN


def test_a_waiting_gate_says_who_may_sign_and_why_earlier_signatures_do_not_count() -> None:
    state = decide([RULE], [MIA, yes("sam", "devops")], CURRENT, TEAM, NOW)
    (missing,) = state.missing
    assert (missing.role, missing.count, missing.may_sign) == ("devops", 1, ("ops",))
    assert missing.why_not == ("sam does not hold devops (at 2026-03-02 10:00 UTC)",)
    assert [why for _, why in state.void] == list(missing.why_not)


def test_a_person_with_two_roles_is_moved_to_the_seat_that_only_they_can_fill() -> None:
    both = team(product_manager="mia", devops="mia ops")
    given = [yes("mia", "devops"), OPS, MIA]
    assert decide([RULE], given, CURRENT, both, NOW).filled == (
        ("mia", "product_manager"),
        ("ops", "devops"),
    )


def test_a_rejection_shows_its_reason_and_condition() -> None:
    state = decide([RULE], [no("ops", "devops")], CURRENT, TEAM, NOW)
    assert state.reasons[0] == "ops (devops) rejected: breaks; condition: fix"


def test_only_the_seats_bound_to_what_changed_lose_their_signatures() -> None:
    """Balrog: the manifest edited after two of three votes."""
    rule = GateRule(
        name="storefront",
        seats=(
            Seat(GATE, "product_manager", binds=("scope",)),
            Seat(GATE, "devops", binds=("package",)),
        ),
    )
    binds = {"scope": "sha256:s1", "package": "sha256:a1"}
    given = [yes("mia", "product_manager", binds=binds), yes("ops", "devops", binds=binds)]
    state = decide([rule], given, {**binds, "package": "sha256:b2"}, TEAM, NOW)
    assert [seat.role for seat in state.missing] == ["devops"]
    assert "the package changed: a1 → b2" in state.missing[0].text


def test_evidence_measured_again_and_no_worse_voids_nothing_but_worse_evidence_does() -> None:
    rule = GateRule(name="storefront", seats=(Seat(GATE, "devops", binds=("scan",)),))
    then = Evidence("a1", passed=True, counts={"high": 2})
    given = [yes("ops", "devops", binds={"scan": then})]
    cases = [
        (Evidence("a1", passed=True, counts={"high": 2}), "open"),
        (Evidence("a1", passed=True, counts={"high": 0}), "open"),
        (Evidence("a1", passed=True, counts={"high": 3}), "waiting"),
        (Evidence("a1", passed=False, counts={"high": 2}), "waiting"),
        (Evidence("b2", passed=True, counts={"high": 0}), "waiting"),
        (Evidence("a1", passed=True, counts={"high": 2}, waivers=frozenset({"w1"})), "waiting"),
        (Evidence("a1", passed=True), "waiting"),
    ]
    for now, expected in cases:
        assert decide([rule], given, {"scan": now}, TEAM, NOW).outcome == expected, now


def test_two_rules_hold_each_with_its_own_people_and_one_signature_counts_for_both() -> None:
    """Octopus: two rules that must both hold, not be merged into one."""
    devs = team(developer="ann bob")
    authors = GateRule(
        name="regulated", seats=(Seat(GATE, "developer", binds=()),), exclude={"ann": "wrote it"}
    )
    two = GateRule(name="product", seats=(Seat(GATE, "developer", count=2, binds=()),))
    ann, bob = yes("ann", "developer"), yes("bob", "developer")
    assert decide([authors, two], [ann, bob], {}, devs, NOW).outcome is GateOutcome.OPEN
    assert decide([authors, two], [ann], {}, devs, NOW).outcome is GateOutcome.WAITING
    assert decide([authors], [ann], {}, devs, NOW).outcome is GateOutcome.WAITING


def test_rules_of_two_gates_are_refused() -> None:
    other = GateRule(name="x", seats=(Seat("acceptance", "devops"),))
    with pytest.raises(ValueError, match="several gates"):
        decide([RULE, other], [], CURRENT, TEAM, NOW)


@pytest.mark.parametrize("seats", [(), (Seat(GATE, "devops"), Seat(GATE, "devops"))])
def test_a_rule_without_seats_or_with_a_role_twice_cannot_be_made(seats: tuple[Seat, ...]) -> None:
    with pytest.raises(ValueError, match=r"rule needs seats|each role once"):
        GateRule(name="x", seats=seats)


def test_a_seat_for_nobody_and_a_signature_without_a_zone_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Seat(GATE, "devops", count=0)
    with pytest.raises(ValueError, match="no time zone"):
        Signature(gate=GATE, role="devops", person="ops", at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    "holders, exclude, told",
    [
        (team(product_manager="mia", devops="mia"), {}, "one person fills one seat"),
        (team(product_manager="mia"), {}, "nobody holds it"),
        (team(product_manager="mia", devops="ops"), {"ops": "triggered it"}, "triggered it"),
    ],
)
def test_a_rule_that_nobody_can_meet_is_reported_when_planned(
    holders: Holders, exclude: dict[str, str], told: str
) -> None:
    verdict = feasible([replace(RULE, exclude=exclude)], holders, NOW)
    assert not verdict.passed
    assert told in verdict.reasons[0]


def test_a_rule_that_can_be_met_is_feasible_and_no_rule_is_not() -> None:
    assert feasible([RULE], TEAM, NOW).passed
    assert not feasible([], TEAM, NOW).passed


def test_an_answer_is_weighed_before_it_is_let_in() -> None:
    assert may_answer([RULE], OPS, CURRENT, TEAM).passed
    assert may_answer([RULE], no("ops", "devops", binds=B2), CURRENT, TEAM).passed
    assert "does not hold" in may_answer([RULE], yes("sam", "devops"), CURRENT, TEAM).reasons[0]
    stale = may_answer([RULE], yes("ops", "devops", binds=B2), CURRENT, TEAM)
    assert "the package changed" in stale.reasons[0]
    assert "asks no viewer" in may_answer([RULE], yes("sam", "viewer"), CURRENT, TEAM).reasons[0]


STANDING = StandingApproval(
    id="s1",
    gate=GATE,
    role="devops",
    person="ops",
    signed_at=hour(-24),
    until=hour(240),
    release_types=("patch",),
    max_risk=30,
    products=("storefront",),
)
PLAIN = ReleaseFacts(
    product="storefront", release_type="patch", risk=20, migrates=False, all_green=True
)


@pytest.mark.parametrize(
    "change, told",
    [
        ({"product": "payments"}, "is not for payments"),
        ({"release_type": "minor"}, "is for patch, not minor"),
        ({"risk": 31}, "risk is 31, allowed: at most 30"),
        ({"risk": None}, "risk is not known"),
        ({"migrates": True}, "migrates"),
        ({"migrates": None}, "migrates"),
        ({"all_green": False}, "green"),
        ({"all_green": None}, "green"),
    ],
)
def test_a_standing_approval_fills_no_seat_when_a_condition_does_not_hold(
    change: dict[str, object], told: str
) -> None:
    facts = replace(PLAIN, **change)  # type: ignore[arg-type] # values come from a table
    assert told in applies(STANDING, facts, TEAM, NOW).reasons[0]
    assert signatures_from([STANDING], facts, CURRENT, TEAM, NOW) == ()


def test_a_standing_approval_fills_the_seat_and_its_use_is_listed() -> None:
    used = signatures_from([STANDING], PLAIN, CURRENT, TEAM, NOW)
    state = decide([RULE], [MIA], CURRENT, TEAM, NOW, standing=used)
    assert state.outcome is GateOutcome.OPEN
    assert [use.standing for use in state.standing] == ["s1"]
    by_hand = decide([RULE], [MIA, OPS], CURRENT, TEAM, NOW, standing=used)
    assert by_hand.standing == ()


@pytest.mark.parametrize(
    "holders, now, given",
    [
        (team(product_manager="mia", devops="mia"), NOW, []),
        (TEAM, hour(240), []),
        (TEAM, NOW, [no("ops", "devops")]),
    ],
    ids=["left the role", "over", "said no to this one"],
)
def test_a_standing_approval_ends(holders: Holders, now: datetime, given: list[Signature]) -> None:
    used = signatures_from([STANDING], PLAIN, CURRENT, holders, now)
    state = decide([RULE], [MIA, *given], CURRENT, holders, now, standing=used)
    assert state.outcome is not GateOutcome.OPEN


def test_an_excluded_person_cannot_help_themselves_with_a_standing_approval() -> None:
    rule = replace(RULE, exclude={"ops": "triggered it"})
    used = signatures_from([STANDING], PLAIN, CURRENT, TEAM, NOW)
    assert decide([rule], [MIA], CURRENT, TEAM, NOW, standing=used).outcome == "waiting"


def test_nobody_signs_ahead_for_more_than_90_days_or_for_none() -> None:
    with pytest.raises(InputError, match="is 0 days; allowed: 1 to 90"):
        replace(STANDING, until=STANDING.signed_at)
    with pytest.raises(InputError, match="is 91 days; allowed: 1 to 90"):
        replace(STANDING, until=STANDING.signed_at + timedelta(days=91))


def test_a_company_of_a_thousand_developers_is_weighed_in_no_time() -> None:
    many = team(developer=" ".join(f"d{n:03}" for n in range(1000)), devops="ops d001 d002")
    rule = GateRule(
        name="big",
        seats=(Seat(GATE, "developer", 3, binds=()), Seat(GATE, "devops", 2, binds=())),
        exclude={"ops": "triggered it"},
    )
    state = decide([rule], [yes("d001", "developer"), yes("d500", "developer")], {}, many, NOW)
    assert {seat.role: seat.count for seat in state.missing} == {"developer": 2, "devops": 2}
    assert {seat.role: len(seat.may_sign) for seat in state.missing} == {
        "developer": 997,
        "devops": 2,
    }
