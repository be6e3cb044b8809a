"""A step that died in its call holds up the way back of its own target only, and not for long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tasks.world import World
from windlass.errors import VendorUnavailable
from windlass.ledger import EffectBusyUntil
from windlass.ports.deployments import Exposure
from windlass.tasks.execution.revert import revert
from windlass.tasks.execution.settle import settle
from windlass.tasks.exposing import EXPOSE_DEADLINE, expose
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Wait

EU, US = "production/eu", "production/us"


class Killed(BaseException):
    """The worker's process is gone: nothing after this runs in it."""


async def exposed(world: World) -> Release:
    """A release at 5 % on both targets, taken up anew by another process."""
    release = world.open(rows=("execution.production.step",))
    release.record("version.fixed", version="1.4.0")
    for target in (EU, US):
        await step(world, release, target, 5.0)
    return release


async def step(world: World, release: Release, target: str, percent: float) -> None:
    task = next(
        task
        for task in release.plan.rows("execution.production.step")
        if task.args["target"] == target and task.args["percent"] >= percent
    )
    await expose(release, task, target, world.artifact("1.4.0"), percent)


async def die_in_a_step(world: World, release: Release, target: str) -> None:
    """The worker dies in the middle of the vendor's call; what it asked for may still happen."""

    def killed() -> None:
        raise Killed

    world.deployments.before_change = killed
    with pytest.raises(Killed):
        await step(world, release, target, 25.0)
    world.deployments.before_change = lambda: None


def shares(world: World, target: str) -> dict[str, float]:
    state: Exposure = world.deployments.state(target)
    return {version: share for version, share in state.shares.items() if share}


async def test_the_other_targets_are_back_at_once(world: World) -> None:
    release = await exposed(world)
    await die_in_a_step(world, release, US)
    with pytest.raises(EffectBusyUntil):
        await revert(release, "too many errors")
    assert shares(world, EU) == {"1.3.0": 100.0}
    assert shares(world, US) == {"1.3.0": 95.0, "1.4.0": 5.0}
    (waits,) = world.events(release, "revert.waits")
    assert waits["target"] == US
    assert "version.blocked" in {event.type for event in world.ledger.events(release.id)}


async def test_settle_puts_it_back_as_soon_as_the_dead_call_cannot_land_any_more(
    world: World,
) -> None:
    release = await exposed(world)
    await die_in_a_step(world, release, US)
    died = world.clock.at
    task = release.plan.task("execution.settle")
    while isinstance(result := await settle(release, task), Wait):
        assert result.until is not None
        world.clock.pass_(min(result.every or 60.0, (result.until - world.clock.at).seconds or 1))
    assert isinstance(result, Done)
    assert world.clock.at - died <= timedelta(seconds=EXPOSE_DEADLINE + 2)
    assert shares(world, US) == {"1.3.0": 100.0}


async def test_a_step_that_ended_holds_nothing_up(world: World) -> None:
    release = await exposed(world)
    before = world.clock.at
    await revert(release, "too many errors")
    assert shares(world, US) == shares(world, EU) == {"1.3.0": 100.0}
    assert world.clock.at - before < timedelta(seconds=EXPOSE_DEADLINE)


async def test_a_target_that_does_not_answer_does_not_hold_up_the_others(world: World) -> None:
    release = await exposed(world)
    world.deployments.broken[US] = VendorUnavailable("no answer")
    with pytest.raises(VendorUnavailable, match="no answer"):
        await revert(release, "too many errors")
    assert shares(world, EU) == {"1.3.0": 100.0}
