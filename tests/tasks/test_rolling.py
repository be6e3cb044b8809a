"""The rollout's decisions as the tasks of production carry them out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.tasks.after import THERE
from tests.tasks.world import World
from windlass.tasks.attesting import take_mark
from windlass.tasks.execution.rolling import may_step, rollout_of
from windlass.tasks.guarding import GONE
from windlass.tasks.looking_after import look_after
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Wait
from windlass.tasks.verbs import hold, resume

EU, US = "production/eu", "production/us"
STEP, JUDGE = "execution.production.eu.step_10", "execution.production.eu.judge_10"
US_STEP, US_JUDGE = "execution.production.us.step_100", "execution.production.us.judge_100"
LAST_STEP, LAST_JUDGE = "execution.production.eu.step_100", "execution.production.eu.judge_100"


ROWS_WITHOUT_JUDGES = tuple(row for row in THERE if not row.endswith("judge"))


async def exposed(world: World) -> Release:
    """1.4.0 at 10 % in eu."""
    release = world.open(rows=THERE, day_0=None)
    assert isinstance(await world.do(release, STEP), Done)
    return release


async def look(world: World, release: Release, times: int) -> object:
    """Perform the judge so often, or until it has an answer; what it said last."""
    result: object = None
    for _ in range(times):
        result = await perform(release, JUDGE)
        if not isinstance(result, Wait):
            break
        world.clock.pass_(10)
    return result


async def test_a_hold_keeps_a_good_version_at_its_step_and_watches_on(world: World) -> None:
    release = await exposed(world)
    hold(release, by="ops", reason="a guest is in the office")
    held = await look(world, release, 30)
    assert isinstance(held, Wait)
    assert held.reason == "held: by ops: a guest is in the office"
    assert len(release.view.looks[JUDGE]) == 30
    resume(release, by="ops", reason="gone")
    assert isinstance(await world.do(release, JUDGE), Done)


async def test_a_bad_version_is_taken_back_while_it_is_held(world: World) -> None:
    world.metrics.errors["1.4.0"] = 0.3
    release = await exposed(world)
    hold(release, by="ops", reason="a guest is in the office")
    assert isinstance(await look(world, release, 30), Fail)
    assert world.exposed("1.4.0") == 0
    assert release.view.closed is not None


async def test_a_version_that_somebody_blocks_goes_back_where_it_is(world: World) -> None:
    release = await exposed(world)
    await look(world, release, 2)
    other, at = "shop.rollback/by-hand", world.clock.now()
    world.ledger.append(other, "release.opened", {"product": "shop"}, at=at)
    data = {"product": "shop", "version": "1.4.0", "reason": "leaks"}
    world.ledger.append(other, "version.blocked", data, at=at)
    result = await look(world, release, 1)
    assert isinstance(result, Fail)
    assert "blocked" in result.reasons[0]
    assert world.exposed("1.4.0") == 0


async def test_a_region_of_a_later_wave_may_not_begin_before_the_earlier_is_done(
    world: World,
) -> None:
    release = await exposed(world)
    refused = may_step(release, US, 100)
    assert not refused.passed
    assert "an earlier wave is not done" in " ".join(refused.reasons)
    assert "is at 10 %; next is 100, not 50" in " ".join(may_step(release, EU, 50).reasons)
    for task in (JUDGE, LAST_STEP, LAST_JUDGE):
        await world.do(release, task)
    assert may_step(release, US, 100).passed
    assert [region.done for region in rollout_of(release).regions] == [True, False]


async def test_a_step_that_is_behind_takes_nobody_off_the_new_version(world: World) -> None:
    """Clearing step 10 at 100 % does it again, and changes nothing."""
    release = await exposed(world)
    for task in (JUDGE, LAST_STEP):
        await world.do(release, task)
    release.record("task.cleared", key="cleared", tasks=[STEP], reason="a wrong click")
    again = await perform(release, STEP)
    assert isinstance(again, Done)
    assert again.evidence["percent"] == 100.0
    assert world.deployments.state(EU).shares == {"1.4.0": 100.0}


async def test_one_failure_stops_the_fleet_and_reverts_every_region_last_first(
    world: World,
) -> None:
    """eu was through and done when us did badly."""
    release = await exposed(world)
    for task in (JUDGE, LAST_STEP, LAST_JUDGE, US_STEP):
        assert isinstance(await world.do(release, task), Done)
    assert rollout_of(release).region(EU).done
    world.metrics.errors["1.4.0"] = 0.3
    before = len(world.deployments.calls)
    world.reply(US_JUDGE, "roll back", "ops", reason="errors")
    assert isinstance(await world.do(release, US_JUDGE), Fail)
    moved = [call[:3] for call in world.deployments.calls[before:]]
    assert moved[:2] == [("retract", US, "1.4.0"), ("retract", EU, "1.4.0")]
    await world.do(release, "execution.settle")
    assert world.exposed("1.4.0") == 0
    assert world.deployments.state(EU).shares == {"1.3.0": 100.0}
    assert world.deployments.state(US).shares == {"1.3.0": 100.0}
    assert not may_step(release, US, 100).passed
    assert not world.ledger.claims.all()


async def at_the_last_judge(world: World) -> Release:
    """Everybody in eu has 1.4.0, which nobody has judged there yet."""
    release = world.open(rows=THERE, day_0=None, regions=("eu",))
    for task in (STEP, JUDGE, LAST_STEP):
        assert isinstance(await world.do(release, task), Done)
    return release


async def test_what_everybody_has_and_nobody_judged_is_taken_back_when_its_run_ends(
    world: World,
) -> None:
    """Somebody marked the run failed at the last judge, or it is gone."""
    release = await at_the_last_judge(world)
    assert isinstance(await world.do(release, "execution.settle"), Done)
    assert world.deployments.state(EU).shares == {"1.3.0": 100.0}
    assert release.view.promoted == {}


async def test_what_its_owner_vouches_for_is_promoted(world: World) -> None:
    release = await at_the_last_judge(world)
    take_mark(release, LAST_JUDGE, by="ops", at=world.clock.at, note="I looked myself")
    assert isinstance(await world.do(release, "execution.settle"), Done)
    assert world.deployments.state(EU).shares == {"1.4.0": 100.0}
    assert release.view.promoted[EU] == "1.4.0"


async def test_a_worker_that_died_before_the_last_step_landed_leaves_nothing_promoted(
    world: World,
) -> None:
    """The ledger says that the step began; the target says that it did not come about."""
    release = world.open(rows=ROWS_WITHOUT_JUDGES, day_0=None, regions=("eu",))
    await world.do(release, STEP)

    def killed() -> None:
        raise KeyboardInterrupt

    world.deployments.before_change = killed
    with pytest.raises(KeyboardInterrupt):
        await perform(release, LAST_STEP)
    world.deployments.before_change = lambda: None
    assert release.view.exposed[EU] == 100.0
    watchdog = world.take_up(release.id)
    world.clock.pass_(3600)
    await look_after(watchdog, run=GONE, patience=timedelta(minutes=1))
    assert world.deployments.state(EU).shares == {"1.3.0": 100.0}
    assert watchdog.view.promoted == {}
    assert watchdog.view.outcome == "rolled back"
