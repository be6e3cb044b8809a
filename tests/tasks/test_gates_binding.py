"""What a signature is bound to: a change voids that one, says what changed, asks that person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.test_gates import (
    GATE,
    MANAGER,
    STAKEHOLDER,
    STEP,
    new_package,
    opened,
    question,
    signed,
    until_asked,
)
from tests.tasks.world import World
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done

#: The product manager signs for the scope alone; the stakeholder for what the test says.
SEATS = {"role": "product_manager", "binds": ["scope"]}


def seats(*binds: str) -> dict[str, Any]:
    other = {"role": "stakeholder", "binds": list(binds)}
    return {"approvals": {"acceptance": [SEATS, other], "readiness": []}}


def open_seats(release: Release) -> set[str]:
    return {str(asked.question["task"]) for asked in release.view.open_questions()}


async def test_a_new_package_voids_only_the_signature_bound_to_it_and_says_what_changed(
    make: Any,
) -> None:
    """A manifest edited after two of three votes (Balrog): the votes on it are void, no others."""
    world = make(seats("package"))
    release = opened(world)
    await signed(world, release)
    await new_package(world, release)
    await until_asked(world, release, STEP, STAKEHOLDER)
    assert open_seats(release) == {STAKEHOLDER}
    changed = question(release, STAKEHOLDER).question["facts"]["changed"]
    assert "package.name: 1.4.0-rc.1 → 1.4.0-rc.2" in changed
    assert world.exposed("1.4.0") == 0
    (void,) = world.events(release, "signature.void")
    assert (void["role"], void["gate"]) == ("stakeholder", "acceptance")
    assert len(release.view.signatures) == 2, "the old ones stay in the record"


async def test_another_way_back_voids_only_the_signature_bound_to_it(make: Any) -> None:
    world = make(seats("rollback"))
    release = opened(world)
    await signed(world, release)
    world.clock.pass_(60)
    hotfix(world, "1.3.1")
    await until_asked(world, release, STEP, STAKEHOLDER)
    assert open_seats(release) == {STAKEHOLDER}
    changed = question(release, STAKEHOLDER).question["facts"]["changed"]
    assert changed == ["rollback.production/eu: 1.3.0 → 1.3.1"]
    assert world.exposed("1.4.0") == 0


def hotfix(world: World, version: str) -> None:
    """Another release promoted ``version`` in eu meanwhile."""
    stream = "shop.emergency/fix"
    now = world.clock.now()
    sha = world.repository().head("v1.3.0^{commit}")
    made = world.artifact(version)
    world.deployments.put("production/eu", made)
    world.ledger.append(stream, "release.opened", {"product": "shop"}, at=now)
    artifact = {"version": version, "location": made.location, "digest": made.digest}
    data = {"product": "shop", "target": "production/eu", "version": version, "sha": sha}
    world.ledger.append(stream, "version.promoted", {**data, "artifact": artifact}, at=now)


async def test_the_release_s_own_rollout_is_no_other_way_back(make: Any) -> None:
    world = make(seats("rollback"))
    release = opened(world)
    await signed(world, release)
    assert isinstance(await world.do(release, STEP), Done)
    assert isinstance(await world.do(release, "execution.production.eu.step_100"), Done)
    assert isinstance(await world.do(release, "execution.production.us.step_100"), Done)
    assert not world.events(release, "signature.void")


async def test_what_nobody_is_bound_to_may_change(make: Any) -> None:
    world = make(seats("scope"))
    release = opened(world)
    await signed(world, release)
    await new_package(world, release)
    hotfix(world, "1.3.1")
    assert isinstance(await perform(release, GATE), Done)
    assert not open_seats(release)


@pytest.mark.parametrize("task", [STAKEHOLDER, MANAGER, GATE])
async def test_clearing_the_gate_or_a_seat_asks_nobody_whose_signature_stands(
    make: Any, task: str
) -> None:
    """After all have signed, a task is cleared, same package: no question, no effect."""
    world = make(seats("package", "scope"))
    release = opened(world)
    await signed(world, release)
    asked = len(release.view.questions)
    release.record("task.cleared", tasks=[task], reason="cleared in Airflow", by="ops")
    assert isinstance(await world.do(release, STEP), Done)
    assert len(release.view.questions) == asked
