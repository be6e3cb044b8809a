"""Standing approvals on the runner: a seat filled ahead, while every condition is known to hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.fakes import Outcome, junit
from tests.tasks.world import World
from windlass.decisions.standing import StandingApproval
from windlass.errors import InputError
from windlass.tasks.gates.standing import end, give, in_force
from windlass.tasks.release import Release
from windlass.tasks.results import Done
from windlass.tasks.teams import publish

ROWS = (
    "planning.risk",
    "validation.cut",
    "validation.candidate",
    "validation.quality.regression",
    "validation.quality.gate",
    "validation.acceptance.approval",
    "validation.acceptance.gate",
    "execution.open",
    "execution.production.step",
)
GATE = "validation.acceptance.gate"
CHANGES: dict[str, Any] = {
    "approvals": {"acceptance": ["stakeholder"], "readiness": []},
    "quality": {"regression": {"on_red": "ask"}},
}


def signed_ahead(world: World, **changes: Any) -> StandingApproval:
    """Sam signs ahead for every plain minor release."""
    publish(world.ledger, world.product, at=world.clock.now())
    given = {
        "id": "plain-minors",
        "gate": "acceptance",
        "role": "stakeholder",
        "person": "sam",
        "signed_at": world.clock.now(),
        "until": world.clock.now() + timedelta(days=90),
        "release_types": ("minor",),
        "max_risk": 60,
        "products": ("shop",),
        **changes,
    }
    standing = StandingApproval(**given)
    give(world.ledger, "shop", standing)
    return standing


def opened(world: World) -> Release:
    world.silent.add("validation.acceptance")
    return world.open("minor", rows=ROWS, day_0=None)


async def test_a_plain_release_needs_nobody_and_each_use_is_written_down(make: Any) -> None:
    world = make(CHANGES)
    signed_ahead(world)
    release = opened(world)
    result = await world.do(release, GATE)
    assert isinstance(result, Done)
    assert result.evidence["signed"] == [{"by": "sam", "role": "stakeholder"}]
    (used,) = world.events(release, "standing.used")
    assert (used["id"], used["role"]) == ("plain-minors", "stakeholder")
    assert used["package"] == release.view.package
    assert not release.view.open_questions()


@pytest.mark.parametrize(
    "changes",
    [{"max_risk": 0}, {"release_types": ("patch",)}, {"until": "in an hour"}],
    ids=["too risky", "another type", "run out"],
)
async def test_what_it_was_not_signed_for_asks(make: Any, changes: dict[str, Any]) -> None:
    world = make(CHANGES)
    if "until" in changes:
        changes = {"until": world.clock.now() + timedelta(hours=1)}
        signed_ahead(world, **changes)
        world.clock.pass_(2 * 3600)
    else:
        signed_ahead(world, **changes)
    release = opened(world)
    with pytest.raises(TimeoutError):
        await world.do(release, GATE, patience=3600)
    assert [a.question["kind"] for a in release.view.open_questions()] == ["seat"]
    assert not world.events(release, "standing.used")


async def test_a_waived_check_is_not_green(make: Any) -> None:
    world = make(CHANGES)
    signed_ahead(world)
    world.pipelines.outcomes["make regression"] = Outcome(
        code=1, reports={"build/junit.xml": junit(bad=("cart",))}
    )
    world.reply(
        "validation.quality.regression", "waive", "quinn", reason="known", until="2026-03-20"
    )
    release = opened(world)
    with pytest.raises(TimeoutError):
        await world.do(release, GATE, patience=3600)
    assert not world.events(release, "standing.used")


async def test_a_person_who_rejects_this_very_release_is_not_overruled_by_their_own_standing(
    make: Any,
) -> None:
    world = make(CHANGES)
    release = opened(world)
    world.silent.clear()
    task = "validation.acceptance.approval.stakeholder"
    world.reply(task, "Reject", "sam", reason="ugly", condition="nice")
    await world.do(release, task)
    signed_ahead(world)
    with pytest.raises(TimeoutError):
        await world.do(release, GATE, patience=3600)


async def test_one_that_was_ended_is_used_no_more(make: Any) -> None:
    world = make(CHANGES)
    signed_ahead(world)
    end(world.ledger, "shop", "plain-minors", by="mia", reason="new rules", at=world.clock.now())
    assert in_force(world.ledger, "shop") == ()
    with pytest.raises(TimeoutError):
        await world.do(opened(world), GATE, patience=3600)
    with pytest.raises(InputError, match="known: none"):
        end(world.ledger, "shop", "plain-minors", by="mia", reason="again", at=world.clock.now())


async def test_it_is_void_at_production_when_its_owner_has_lost_the_role(make: Any) -> None:
    world = make(CHANGES)
    signed_ahead(world)
    release = opened(world)
    assert isinstance(await world.do(release, GATE), Done)
    world.clock.pass_(60)
    roles = {**world.product.roles, "stakeholder": ("sue",)}
    edited = world.product.model_copy(update={"roles": roles})
    publish(world.ledger, edited, at=world.clock.now())
    again = world.take_up(release.id)
    with pytest.raises(TimeoutError):
        await world.do(again, "execution.production.eu.step_10", patience=3600)
    assert world.exposed("1.4.0") == 0


def test_only_a_holder_of_the_role_signs_ahead_and_for_ninety_days_at_most(make: Any) -> None:
    world = make(CHANGES)
    with pytest.raises(InputError, match="mia does not hold stakeholder"):
        signed_ahead(world, person="mia")
    with pytest.raises(InputError, match="allowed: 1 to 90"):
        signed_ahead(world, until=world.clock.now() + timedelta(days=91))
    with pytest.raises(InputError, match="allowed: quality, acceptance, readiness"):
        signed_ahead(world, gate="lunch")
