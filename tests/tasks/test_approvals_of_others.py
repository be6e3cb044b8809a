"""How approvals of other release tools fail their users, each as a test of ours.

The other three of the list are beside what they are about: a role lost between vote and enactment
(``test_gates.py``), a time that runs out (``test_chasing.py``), one of two signatures bound to what
changed (``test_gates_binding.py``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tasks.shop import TEAMS_KEY
from tests.tasks.test_gates import (
    GATE,
    ONE_GATE,
    STAKEHOLDER,
    STEP,
    new_package,
    opened,
    say,
    signed,
    until_asked,
)
from windlass.decisions.approvals import GateOutcome, decide, feasible
from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.signatures import GateRule, Seat, Signature
from windlass.errors import InputError, SpecError
from windlass.tasks.results import Done
from windlass.tasks.teams import publish

START, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
CURRENT = {"package": "sha256:aaa"}


async def test_the_account_of_who_started_it_is_deleted_and_the_release_goes_on(make: Any) -> None:
    """Unleash: a scheduled change whose author's account was deleted can never be applied.

    Who started it is a name in the record, not a login that must exist when it is carried out.
    """
    world = make(ONE_GATE)
    release = opened(world, by="ines")
    await signed(world, release)
    people = {n: p for n, p in world.product.people.items() if n != "ines"}
    roles = {r: tuple(n for n in who if n != "ines") for r, who in world.product.roles.items()}
    world.clock.pass_(60)
    edited = world.product.model_copy(update={"people": people, "roles": roles})
    publish(world.ledger, edited, at=world.clock.now(), by="mia")
    again = world.take_up(release.id)
    assert isinstance(await world.do(again, STEP), Done)


async def test_the_account_of_a_signer_is_deleted_and_another_is_asked(make: Any) -> None:
    """The signature stays on record and counts no more; nobody else is asked again."""
    world = make(ONE_GATE)
    release = opened(world)
    await signed(world, release)
    people = {n: p for n, p in world.product.people.items() if n != "sam"}
    roles = {**world.product.roles, "stakeholder": ("sue",)}
    world.clock.pass_(60)
    edited = world.product.model_copy(update={"people": people, "roles": roles})
    publish(world.ledger, edited, at=world.clock.now(), by="mia")
    world.clock.pass_(60)
    again = world.take_up(release.id)
    await until_asked(world, again, STEP, STAKEHOLDER)
    assert [a.question["task"] for a in again.view.open_questions()] == [STAKEHOLDER]
    assert {s["by"] for s in again.view.signatures} == {"mia", "sam"}
    say(world, again, STAKEHOLDER, "Approve", "sue")
    assert isinstance(await world.do(again, STEP), Done)


async def test_the_package_changes_after_two_of_three_votes(make: Any) -> None:
    """Balrog: a change edited between votes keeps the votes on what it was before."""
    seats = {"acceptance": {"stakeholder": 3}, "readiness": []}
    teams = {"roles": {"stakeholder": ["sam", "sue", "ops"]}}
    world = make({"approvals": seats, TEAMS_KEY: teams})
    release = opened(world)
    for task in (STAKEHOLDER, f"{STAKEHOLDER}_2", f"{STAKEHOLDER}_3"):
        await until_asked(world, release, task, task)
    say(world, release, STAKEHOLDER, "Approve", "sam")
    say(world, release, f"{STAKEHOLDER}_2", "Approve", "sue")
    await new_package(world, release)
    with pytest.raises(InputError, match="the package changed"):
        say(world, release, f"{STAKEHOLDER}_3", "Approve", "ops")
    await until_asked(world, release, GATE, STAKEHOLDER)
    assert len(release.view.open_questions()) == 3
    assert world.exposed("1.4.0") == 0


def rule(name: str, **seats: int) -> GateRule:
    """A rule that asks so many of each role, for the package."""
    asked = tuple(Seat("readiness", role, count, ("package",)) for role, count in seats.items())
    return GateRule(name=name, seats=asked)


def holders(**roles: tuple[str, ...]) -> Holders:
    """People who have always held their roles."""
    return Holders({role: tuple(Tenure(p, START) for p in who) for role, who in roles.items()})


def signature(role: str, person: str) -> Signature:
    """An approval of the package there is."""
    return Signature(gate="readiness", role=role, person=person, at=NOW, binds=CURRENT)


def test_of_two_rules_that_apply_both_must_hold() -> None:
    """Octopus merges rules that match the same release, and the weaker one wins."""
    rules = [rule("company minimum", devops=2), rule("shop", devops=1, product_manager=1)]
    known = holders(devops=("ops", "dev"), product_manager=("mia",))
    shop_alone = [signature("devops", "ops"), signature("product_manager", "mia")]
    company_alone = [signature("devops", "ops"), signature("devops", "dev")]
    for given in (shop_alone, company_alone):
        assert decide(rules, given, CURRENT, known, NOW).outcome is GateOutcome.WAITING
    both = [*shop_alone, *company_alone]
    assert decide(rules, both, CURRENT, known, NOW).outcome is GateOutcome.OPEN


def test_a_quorum_larger_than_those_who_hold_the_role_is_found_when_it_is_planned() -> None:
    """Balrog: a rule asks for more sign-offs than there are people; nobody notices in time."""
    found = feasible([rule("shop", devops=3)], holders(devops=("ops", "dev")), NOW)
    assert not found.passed
    assert "devops × 3 cannot be met, 1 short: dev, ops holds it" in found.reasons[0]


def test_a_product_file_that_asks_for_more_people_than_there_are_is_refused(make: Any) -> None:
    """The same, where a team writes it: with the line, before there is a release."""
    with pytest.raises(SpecError, match=r"needs 2 × devops"):
        make({"approvals": {"readiness": {"devops": 2}}})
