"""No sequence of events opens a gate that its rules do not allow, nor keeps shut one they do.

The other side is a second, naive reading of the rules: it tries every way to seat the people and
knows nothing of the code under test but its values.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.decisions.approvals import GateOutcome, GateState, decide, feasible
from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.signatures import GateRule, Resolution, Said, Seat, Signature, Way

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE, ROLES, PACKAGES = ("ann", "bob", "cat"), ("dev", "ops", "pm"), ("a1", "b2")
GATE, HOURS = "gate", 4


def hour(hours: int) -> datetime:
    return T0 + timedelta(hours=hours)


@dataclass(frozen=True)
class World:
    """Everything a gate is decided from."""

    rules: tuple[GateRule, ...]
    signatures: tuple[Signature, ...]
    resolutions: tuple[Resolution, ...]
    holders: Holders
    package: str
    now: datetime = field(default=hour(HOURS))

    def decide(self, more: Sequence[Signature] = ()) -> GateState:
        return decide(
            self.rules,
            [*self.signatures, *more],
            {"package": self.package, "unbound": "x"},
            self.holders,
            self.now,
            resolutions=self.resolutions,
        )


people, roles, hours = st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.integers(0, HOURS + 1)
packages = st.sampled_from(("a1", "a1", "a1", "a1", "b2"))


@st.composite
def signatures(draw: st.DrawFn, gate: str = GATE) -> Signature:
    said = draw(st.sampled_from([*[Said.APPROVE] * 4, Said.REJECT]))
    return Signature(
        gate=gate,
        role=draw(roles),
        person=draw(people),
        at=hour(draw(hours)),
        said=said,
        binds=draw(st.sampled_from(({"package": "b2"}, {}, *[{"package": "a1"}] * 8))),
        until=draw(st.sampled_from((None, None, None, hour(HOURS), hour(9)))),
    )


@st.composite
def rules(draw: st.DrawFn, place: int) -> GateRule:
    seats = draw(st.dictionaries(roles, st.sampled_from((1, 1, 2)), min_size=1, max_size=3))
    return GateRule(
        name=f"rule {place}",
        seats=tuple(
            Seat(GATE, role, count, ("package",) if draw(st.booleans()) else ())
            for role, count in seats.items()
        ),
        exclude=dict.fromkeys(draw(st.sets(people, max_size=1)), "triggered it"),
        expires_after=draw(st.none() | st.integers(2, 5).map(lambda h: timedelta(hours=h))),
        distinct=draw(st.integers(0, 3)) > 0,
        still_holding=draw(st.booleans()),
        resolvers=("pm",),
        risk_acceptors=draw(st.sampled_from([(), ("ops",)])),
    )


@st.composite
def holders(draw: st.DrawFn) -> Holders:
    tenures: dict[str, list[Tenure]] = {role: [] for role in ROLES}
    for role, person in itertools.product(ROLES, PEOPLE):
        kind = draw(st.sampled_from(["never", *["always"] * 5, "from", "until"]))
        if kind != "never":
            turn = hour(draw(hours))
            tenures[role].append(
                Tenure(
                    person,
                    since=turn if kind == "from" else hour(-1),
                    until=turn if kind == "until" else None,
                )
            )
    return Holders(tenures)


resolutions = st.builds(
    lambda role, by, way, who, at, package: Resolution(
        gate=GATE,
        role=role,
        rejected_by=by,
        way=way,
        person=who,
        at=hour(at),
        reason="known",
        binds={"package": package},
    ),
    roles,
    people,
    st.sampled_from(Way),
    people,
    hours,
    packages,
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return World(
        rules=tuple(draw(rules(place)) for place in range(draw(st.sampled_from((1, 1, 2, 2, 3))))),
        signatures=tuple(draw(st.lists(signatures(), max_size=9))),
        resolutions=tuple(draw(st.lists(resolutions, max_size=2))),
        holders=draw(holders()),
        package=draw(packages),
    )


# ------------------------------------------------------------------ the second, naive reading


def held(world: World, person: str, role: str, at: datetime) -> bool:
    return any(
        t.person == person and t.since <= at and not (t.until and t.until <= at)
        for t in world.holders.tenures[role]
    )


def seat_of(rule: GateRule, role: str) -> Seat | None:
    return next((s for s in rule.seats if s.role == role), None)


def rejections_now(world: World) -> list[tuple[Signature, list[str]]]:
    """The rejections that nobody took back, each with who owns its risk (empty: it is live)."""
    found = []
    for no in world.signatures:
        asking = [r for r in world.rules if seat_of(r, no.role)]
        heard = [r for r in asking if no.person not in r.exclude]
        if no.said is not Said.REJECT or no.at > world.now or not heard:
            continue
        if not held(world, no.person, no.role, no.at):
            continue
        bound = any(seat_of(r, no.role).binds for r in asking)  # type: ignore[union-attr] # every asking rule has the seat
        mine = no.binds.get("package")
        if bound and mine and mine != world.package:
            continue
        own = [
            s
            for s in world.signatures
            if (s.person, s.role, s.said) == (no.person, no.role, Said.APPROVE)
            and no.at < s.at <= world.now
        ]
        if any(
            not (bound and mine and s.binds.get("package") and s.binds["package"] != mine)
            for s in own
        ):
            continue
        about = [
            a
            for a in world.resolutions
            if (a.role, a.rejected_by) == (no.role, no.person) and no.at <= a.at <= world.now
        ]
        addressed = any(a.way is Way.ADDRESSED and held(world, a.person, "pm", a.at) for a in about)
        owners = [
            a.person
            for a in about
            if a.way is Way.RISK_ACCEPTED
            and held(world, a.person, "ops", a.at)
            and all(r.risk_acceptors and a.person not in r.exclude for r in asking)
            and all(not r.expires_after or world.now - a.at < r.expires_after for r in asking)
            and all(
                not seat_of(r, no.role).binds  # type: ignore[union-attr] # every asking rule has the seat
                or a.binds["package"] == world.package
                for r in asking
            )
        ]
        found.append((no, [*owners, *(["(asked again)"] if addressed else [])]))
    return found


def counts(world: World, rule: GateRule, person: str, role: str) -> bool:
    seat = seat_of(rule, role)
    if seat is None:
        return False
    for no, owners in rejections_now(world):
        if no.role == role and person in owners:
            return True
    said_no = [
        s.at
        for s in world.signatures
        if (s.person, s.role, s.said) == (person, role, Said.REJECT) and s.at <= world.now
    ]
    return any(
        (s.person, s.role, s.said) == (person, role, Said.APPROVE)
        and s.at <= world.now
        and all(at < s.at for at in said_no)
        and person not in rule.exclude
        and held(world, person, role, s.at)
        and (not rule.still_holding or held(world, person, role, world.now))
        and (s.until is None or world.now < s.until)
        and (rule.expires_after is None or world.now - s.at < rule.expires_after)
        and (not seat.binds or s.binds.get("package") == world.package)
        for s in world.signatures
    )


def allowed(world: World) -> bool:
    """Whether some way of seating the people meets every rule."""
    if any(not owners for _, owners in rejections_now(world)):
        return False
    truth = {
        (place, person, role): counts(world, rule, person, role)
        for place, rule in enumerate(world.rules)
        for person, role in itertools.product(PEOPLE, ROLES)
    }

    def met(seating: Sequence[tuple[str, str]]) -> bool:
        return all(
            sum(truth[place, p, seat.role] for p, r in seating if r == seat.role) >= seat.count
            for place, rule in enumerate(world.rules)
            for seat in rule.seats
        )

    if not any(rule.distinct for rule in world.rules):
        return met(list(itertools.product(PEOPLE, ROLES)))
    return any(
        met(list(zip(PEOPLE, chosen, strict=True)))
        for chosen in itertools.product(ROLES, repeat=len(PEOPLE))
    )


# ------------------------------------------------------------------ the promises


@settings(max_examples=5 * settings().max_examples)
@given(worlds())
def test_a_gate_is_open_exactly_when_a_naive_reading_of_the_rules_says_so(world: World) -> None:
    state = world.decide()
    assert (state.outcome is GateOutcome.OPEN) == allowed(world)
    live = [no for no, owners in rejections_now(world) if not owners]
    assert (state.outcome is GateOutcome.REJECTED) == bool(live)


@given(worlds())
def test_what_fills_an_open_gate_is_different_people_and_nothing_missing(world: World) -> None:
    state = world.decide()
    if any(rule.distinct for rule in world.rules):
        filled = [person for person, _ in state.filled]
        assert len(filled) == len(set(filled))
    assert len(state.filled) == len(set(state.filled))
    if state.outcome is GateOutcome.OPEN:
        assert not state.missing


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_signatures_does_not_matter(world: World, rng: random.Random) -> None:
    mixed = list(world.signatures)
    rng.shuffle(mixed)
    other = World(
        world.rules, tuple(mixed), tuple(reversed(world.resolutions)), world.holders, world.package
    )
    assert other.decide() == world.decide()


@given(
    worlds(),
    st.lists(signatures(gate="another gate"), max_size=4),
    st.lists(
        st.builds(
            lambda person, role: Signature(gate=GATE, role=role, person=person, at=hour(1)),
            st.just("stranger"),
            roles,
        ),
        max_size=2,
    ),
)
def test_unrelated_events_never_change_a_gate(
    world: World, elsewhere: list[Signature], strangers: list[Signature]
) -> None:
    before, after = world.decide(), world.decide([*elsewhere, *strangers])
    assert (after.outcome, after.filled, after.rejections) == (
        before.outcome,
        before.filled,
        before.rejections,
    )


@given(worlds(), st.integers(1, 10_000))
def test_waiting_longer_never_opens_a_gate(world: World, days: int) -> None:
    """Holds for signatures given by now: time alone approves nothing."""
    past = tuple(s for s in world.signatures if s.at <= world.now)
    answered = tuple(a for a in world.resolutions if a.at <= world.now)
    always = Holders(
        {
            role: tuple(t for t in tenures if t.since <= world.now)
            for role, tenures in world.holders.tenures.items()
        }
    )
    now = World(world.rules, past, answered, always, world.package)
    later = World(
        world.rules, past, answered, always, world.package, world.now + timedelta(days=days)
    )
    if now.decide().outcome is not GateOutcome.OPEN:
        assert later.decide().outcome is not GateOutcome.OPEN


@given(worlds())
def test_asking_the_people_a_waiting_gate_names_opens_it_with_as_many_signatures_as_it_said(
    world: World,
) -> None:
    """Unless the rule is unmeetable, in which case it names nobody for some seat."""
    quiet = World(
        world.rules,
        tuple(s for s in world.signatures if s.said is Said.APPROVE),
        (),
        world.holders,
        world.package,
    )
    state, signed = quiet.decide(), []
    for left in range(sum(seat.count for seat in state.missing), 0, -1):
        assert sum(seat.count for seat in state.missing) == left
        asked = next(((s.role, s.may_sign[0]) for s in state.missing if s.may_sign), None)
        if asked is None:
            assert not feasible(quiet.rules, quiet.holders, quiet.now).passed
            return
        role, person = asked
        binds = {"package": quiet.package}
        signed.append(Signature(gate=GATE, role=role, person=person, at=quiet.now, binds=binds))
        state = quiet.decide(signed)
    assert state.outcome is GateOutcome.OPEN


@given(worlds())
def test_an_open_gate_was_feasible(world: World) -> None:
    """Where everybody who signed still holds the role, and nobody owned a risk."""
    if world.decide().outcome is GateOutcome.OPEN and not world.resolutions:
        kept = Holders(
            {
                role: tuple(Tenure(t.person, hour(-1)) for t in tenures)
                for role, tenures in world.holders.tenures.items()
            }
        )
        assert feasible(world.rules, kept, world.now).passed
