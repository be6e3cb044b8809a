"""The rollback rehearsal: there and back on staging, measured, and never left half way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.fakes import Outcome
from tests.tasks.world import World
from windlass.tasks.conditions import CONDITIONS, rehearsal_is_stale
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Result, Skip, Wait

TASK = "validation.readiness.rehearsal"
ROWS = ("validation.cut", "validation.candidate", TASK)


def opened(world: World, kind: str = "minor", **inputs: Any) -> Release:
    return world.open(kind, rows=ROWS, **{"day_0": None, **inputs})


async def tried(world: World, release: Release) -> Result:
    try:
        return await world.do(release, TASK, patience=600.0)
    except TimeoutError:
        return await perform(release, TASK)


async def test_the_very_pair_goes_there_and_back_and_there_again(world: World) -> None:
    result = await tried(world, opened(world))
    assert isinstance(result, Done)
    changes = [(verb, version) for verb, _, version, *_ in world.deployments.calls]
    assert changes == [("expose", "1.4.0"), ("retract", "1.4.0"), ("expose", "1.4.0")]
    assert result.evidence["packages"][1] == world.artifact("1.3.0").digest
    assert result.evidence["migrations"] == []
    assert result.evidence["valid_until"].startswith("2026-04-01")


async def test_a_worker_that_dies_half_way_is_followed_by_one_that_goes_on(world: World) -> None:
    """The measured time spans both: what people would have waited for."""
    release = opened(world)
    await world.do(release, "validation.candidate")

    class Died(Exception):
        pass

    def die() -> None:
        if world.deployments.calls[-1][0] == "retract":
            world.deployments.before_change = lambda: None
            raise Died

    world.deployments.before_change = die
    with pytest.raises(Exception, match="may or may not have happened"):
        await perform(release, TASK)
    world.clock.pass_(200.0)
    result = await tried(world, world.take_up(release.id))
    assert isinstance(result, Done)
    assert 202.0 <= result.evidence["recovery_seconds"] <= 210.0
    assert world.deployments.state("staging").stable == "1.4.0"


async def test_after_a_failed_rehearsal_people_find_the_candidate_on_staging(
    world: World,
) -> None:
    world.probes.answers.clear()
    world.repository().commit("feat: notes (SHOP-12)", "migrations/0002.sql")
    world.pipelines.outcomes["migrate down"] = Outcome(code=1, tail="no")
    release = opened(world)
    result = await tried(world, release)
    assert isinstance(result, Ask)
    assert world.deployments.state("staging").stable == "1.4.0"
    assert result.question.facts["evidence"]["recovery_seconds"] is None


async def test_a_migration_that_cannot_be_undone_is_rehearsed_without_going_down(
    make: Any,
) -> None:
    world = make({"rollout": {"migrations": {"undo": "none", "down": None}}})
    world.repository().commit("feat: notes (SHOP-12)", "migrations/0002.sql")
    result = await tried(world, opened(world))
    assert isinstance(result, Done)
    assert not world.pipelines.ran("migrate down")
    assert result.evidence["migrations"][0] == "up-expand: passed"


async def test_commands_of_the_rehearsal_run_against_its_environment(world: World) -> None:
    world.repository().commit("feat: notes (SHOP-12)", "migrations/0002.sql")
    await tried(world, opened(world))
    ran = world.pipelines.ran("migrate")
    assert [request.run for request in ran] == [
        "migrate up",
        "migrate check",
        "migrate down",
        "migrate up",
        "migrate check",
    ]
    assert {request.parameters["WINDLASS_ENVIRONMENT"] for request in ran} == {"staging"}


async def test_a_first_release_is_taken_out_and_put_back(make: Any) -> None:
    world = make({"product": "newborn"})
    for target in ("staging", "production/eu", "production/us"):
        world.deployments.targets[target] = {}
    result = await tried(world, opened(world))
    assert isinstance(result, Done)
    assert result.evidence["back_to"] is None
    assert ("retract", "staging", "0.1.0", "") in world.deployments.calls


async def test_while_another_release_holds_the_environment_it_waits(world: World) -> None:
    release = opened(world)
    await world.do(release, "validation.candidate")
    world.ledger.claims.free("shop/staging", release.id)
    other = "shop.minor/earlier-1.3.0"
    world.ledger.claims.take("shop/staging", other, at=world.clock.now(), lease=60.0)
    result = await perform(release, TASK)
    assert isinstance(result, Wait)
    assert other in result.reason


async def test_an_emergency_proves_only_that_the_old_package_can_be_had(make: Any) -> None:
    world = make({"release_types": {"emergency": {"also": [TASK]}}})
    release = opened(world, "emergency", reason="fix", version="1.3.1")
    world.reply("validation.cut", "fixes only, because…", "mia", reason="hidden")
    result = await tried(world, release)
    assert isinstance(result, Done)
    assert "can be had" in result.evidence["reasons"][0]
    assert not [call for call in world.deployments.calls if call[0] == "retract"]


async def test_a_patch_rehearses_when_it_migrates_or_the_last_rehearsal_is_stale(
    world: World,
) -> None:
    first = opened(world)
    assert rehearsal_is_stale(first)
    assert isinstance(await tried(world, first), Done)
    world.ledger.claims.free("shop/staging", first.id)
    world.deployments.put("staging", world.artifact("1.3.0"))
    world.reply("validation.cut", "fixes only, because…", "mia", reason="hidden")
    patch = opened(world, "patch", run="run-2")
    result = await tried(world, patch)
    assert isinstance(result, Skip)
    assert result.reason == CONDITIONS["migrates_or_stale"][1]
    world.clock.pass_(timedelta(days=31).total_seconds())
    later = opened(world, "patch", run="run-3")
    assert rehearsal_is_stale(later)
