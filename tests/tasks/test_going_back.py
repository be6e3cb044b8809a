"""A regression after release goes back by a run of its own or by the monitor, never by both."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from tests.crash.dying import Boundary, DyingLedger, Killed, Reaper
from tests.tasks.after import (
    MONITOR,
    QUICK,
    THERE,
    Airflow,
    DiesOnce,
    LosesReply,
    Refuses,
    go,
    released,
)
from tests.tasks.world import Make, World
from windlass.tasks.exposing import live
from windlass.tasks.follow_up.going_back import PATIENCE
from windlass.tasks.guarding import ALIVE, GOING_BACK, GONE, PAUSED
from windlass.tasks.looking_after import look_after
from windlass.tasks.opening import take_up
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Skip, Wait

EU = "production/eu"
RUN = ("shop.rollback", "rollback__run-1")


@pytest.fixture
def quick(make: Make) -> World:
    return make(QUICK)


async def regressed(world: World, airflow: Airflow) -> Release:
    """A release in its watch that is about to be found bad at the next look."""
    release = await released(world, MONITOR)
    for _ in range(3):
        assert isinstance(await perform(release, MONITOR), Wait)
        world.clock.pass_(60)
    world.metrics.errors["1.4.0"] = 1.0
    release.starter = airflow
    return release


async def until_found(world: World, release: Release) -> Any:
    """Look once a minute, up to the look that finds it."""
    for _ in range(40):
        result = await perform(release, MONITOR)
        found = any(event["move"] == "rollback" for event in world.events(release, "judge.verdict"))
        if found or not isinstance(result, Wait):
            return result
        world.clock.pass_(60)
    raise AssertionError("the regression is not found")


def shares(world: World) -> dict[str, float]:
    return {v: share for v, share in world.deployments.state(EU).shares.items() if share}


@pytest.mark.parametrize("after", [False, True], ids=["before it was there", "after it was there"])
async def test_a_run_whose_start_a_process_died_in_is_looked_up_and_the_monitor_moves_nothing(
    quick: World, after: bool
) -> None:
    airflow = DiesOnce(after=after)
    release = await regressed(quick, airflow)
    with pytest.raises(asyncio.CancelledError):
        await until_found(quick, release)
    assert isinstance(await perform(release, MONITOR), Wait)
    quick.clock.pass_(61)
    waits = await perform(release, MONITOR)
    assert isinstance(waits, Wait)
    assert waits.reason == "shop.rollback/rollback__run-1 goes back"
    assert (list(airflow.runs), airflow.started) == ([RUN], 1)
    assert shares(quick) == {"1.4.0": 100.0}
    assert not quick.ledger.claims.all()
    await the_run_goes_back(quick, release, airflow)


async def test_a_start_whose_reply_was_lost_is_looked_up_and_the_monitor_moves_nothing(
    quick: World,
) -> None:
    airflow = LosesReply()
    release = await regressed(quick, airflow)
    waits = await until_found(quick, release)
    assert isinstance(waits, Wait)
    assert "whether the rollback runs is not known: the line broke" in waits.reason
    quick.clock.pass_(61)
    assert isinstance(await perform(release, MONITOR), Wait)
    assert (list(airflow.runs), airflow.started) == ([RUN], 1)
    assert shares(quick) == {"1.4.0": 100.0}
    await the_run_goes_back(quick, release, airflow)


async def test_what_is_seen_while_the_start_is_open_does_not_call_it_off(quick: World) -> None:
    airflow = LosesReply()
    release = await regressed(quick, airflow)
    assert isinstance(await until_found(quick, release), Wait)
    looks = len(quick.events(release, "judge.look"))
    quick.metrics.errors["1.4.0"] = 0.0
    quick.clock.pass_(60)
    assert isinstance(await perform(release, MONITOR), Wait)
    assert list(airflow.runs) == [RUN]
    await the_run_goes_back(quick, release, airflow)
    assert len(quick.events(release, "judge.look")) == looks > 0


async def test_where_airflow_refuses_the_monitor_goes_back_at_once(quick: World) -> None:
    release = await regressed(quick, Refuses())
    assert isinstance(await until_found(quick, release), Fail)
    assert shares(quick) == {"1.3.0": 100.0}
    assert not quick.ledger.claims.all()


async def test_a_refused_look_up_says_nothing_about_a_run_that_may_be_there(quick: World) -> None:
    airflow = LosesReply()
    release = await regressed(quick, airflow)
    assert isinstance(await until_found(quick, release), Wait)
    airflow.forbidden = True
    quick.clock.pass_(5)
    assert isinstance(await perform(release, MONITOR), Wait)
    assert shares(quick) == {"1.4.0": 100.0}


@pytest.mark.parametrize("dies", [False, True], ids=["from the start", "after a death"])
async def test_where_airflow_stays_silent_the_monitor_goes_back_after_two_minutes(
    quick: World, dies: bool
) -> None:
    airflow = DiesOnce(after=True) if dies else Airflow()
    airflow.down = not dies
    release = await regressed(quick, airflow)
    if dies:
        with pytest.raises(asyncio.CancelledError):
            await until_found(quick, release)
        airflow.down = True
    else:
        assert isinstance(await until_found(quick, release), Wait)
    began = quick.clock.at
    result = await go(quick, release, MONITOR)
    assert isinstance(result, Fail)
    assert result.reasons[0].startswith("rolled back: production/eu")
    assert PATIENCE <= quick.clock.at - began <= PATIENCE + timedelta(seconds=10)
    assert shares(quick) == {"1.3.0": 100.0}
    assert list(live(release).blocked) == ["1.4.0"]


async def test_a_run_that_turns_up_after_the_monitor_went_back_changes_nothing(
    quick: World,
) -> None:
    airflow = DiesOnce(after=True)
    release = await regressed(quick, airflow)
    with pytest.raises(asyncio.CancelledError):
        await until_found(quick, release)
    airflow.down = True
    await go(quick, release, MONITOR)
    retracts = [call for call in quick.deployments.calls if call[0] == "retract"]
    late = rollback(quick, airflow)
    await quick.run(late)
    assert late.view.outcome == "superseded"
    assert shares(quick) == {"1.3.0": 100.0}
    assert [call for call in quick.deployments.calls if call[0] == "retract"] == retracts
    assert list(live(release).blocked) == ["1.4.0"]


async def test_while_the_run_is_at_it_the_monitor_waits_for_its_lock_and_moves_nothing(
    quick: World,
) -> None:
    airflow = DiesOnce(after=True)
    release = await regressed(quick, airflow)
    with pytest.raises(asyncio.CancelledError):
        await until_found(quick, release)
    run = rollback(quick, airflow)
    quick.ledger.claims.take(f"shop/{EU}", run.id, at=quick.clock.now(), lease=900.0)
    airflow.down = True
    quick.clock.pass_(PATIENCE.total_seconds())
    waits = await perform(release, MONITOR)
    assert isinstance(waits, Wait)
    assert f"is held by release {run.id}" in waits.reason
    assert shares(quick) == {"1.4.0": 100.0}
    await go(quick, run, "execution.production.eu.retract")
    quick.ledger.claims.free(f"shop/{EU}", run.id)
    assert isinstance(await go(quick, release, MONITOR), Fail)
    retracts = [call for call in quick.deployments.calls if call[0] == "retract"]
    assert len(retracts) == 1
    assert shares(quick) == {"1.3.0": 100.0}
    assert not quick.ledger.claims.all()


@pytest.mark.parametrize("alone", [False, True], ids=["a run goes back", "the monitor goes back"])
async def test_killed_once_at_every_boundary_of_going_back_it_is_gone_back_once_and_ends_as_that(
    quick: World, alone: bool
) -> None:
    airflow = Airflow()
    seen = await regressed(quick, airflow)
    while not seen.view.marks.get((MONITOR, 1, "goes back")):  # up to the look that finds it
        reaper = Reaper(at_the_decision, quick.clock.now)
        await one_life(quick, seen, None if alone else airflow, reaper)
        quick.clock.pass_(61)
    reaper = Reaper(lambda _, nth: nth == 1, quick.clock.now)
    result = None
    while result is None:
        reaper.revive()
        result = await one_life(quick, seen, None if alone else airflow, reaper)
        quick.clock.pass_(61)
        if seen.view.marks.get((MONITOR, 1, "goes back: started")) and quick.exposed("1.4.0"):
            await quick.run(rollback(quick, airflow))
    assert isinstance(result, Fail | Skip)
    assert seen.view.closed["reason"].startswith("production/eu: errors")
    assert seen.view.closed.get("rollback") == (None if alone else "/".join(RUN))
    assert len(reaper.kills) >= 10
    assert airflow.started == (0 if alone else 1)
    retracts = [call for call in quick.deployments.calls if call[0] == "retract"]
    assert len(retracts) == 1
    assert shares(quick) == {"1.3.0": 100.0}
    assert list(live(seen).blocked) == ["1.4.0"]
    assert not quick.ledger.claims.all()


async def started(world: World, airflow: Airflow) -> Release:
    """A release whose rollback Airflow has taken, and nothing of it runs yet."""
    release = await regressed(world, airflow)
    waits = await until_found(world, release)
    assert isinstance(waits, Wait)
    assert list(airflow.runs) == [RUN]
    assert shares(world) == {"1.4.0": 100.0}
    return release


async def test_a_run_that_never_begins_is_not_waited_for_longer_than_two_minutes(
    quick: World,
) -> None:
    """The DAG of the rollbacks may be paused, which nobody tells who asked for a run of it."""
    airflow = Airflow()
    release = await started(quick, airflow)
    began = quick.clock.at
    result = await go(quick, release, MONITOR)
    assert isinstance(result, Fail)
    assert PATIENCE <= quick.clock.at - began <= PATIENCE + timedelta(seconds=10)
    assert shares(quick) == {"1.3.0": 100.0}
    assert list(live(release).blocked) == ["1.4.0"]
    assert not quick.ledger.claims.all()


async def test_a_run_that_stops_in_the_middle_is_followed_by_who_asked_for_it(
    quick: World,
) -> None:
    airflow = Airflow()
    release = await started(quick, airflow)
    run = rollback(quick, airflow)
    await go(quick, run, "planning.open")
    quick.ledger.claims.take(f"shop/{EU}", run.id, at=quick.clock.now(), lease=900.0)
    quick.clock.pass_(PATIENCE.total_seconds() - 1)
    assert isinstance(await perform(release, MONITOR), Wait)
    quick.clock.pass_(2)
    waits = await perform(release, MONITOR)
    assert isinstance(waits, Wait)
    assert f"is held by release {run.id}" in waits.reason
    watchdog = quick.take_up(run.id)
    assert await look_after(watchdog, run=GONE, patience=timedelta(minutes=1)) is not None
    assert isinstance(await go(quick, release, MONITOR), Fail)
    assert shares(quick) == {"1.3.0": 100.0}
    assert not quick.ledger.claims.all()


async def test_a_run_that_ended_without_going_back_is_followed_at_once(quick: World) -> None:
    airflow = Airflow()
    release = await started(quick, airflow)
    run = rollback(quick, airflow)
    run.record("release.cancelled", key="ending", by="ops", reason="a wrong click")
    await quick.run(run)
    assert run.view.outcome == "cancelled"
    assert isinstance(await perform(release, MONITOR), Fail)
    assert shares(quick) == {"1.3.0": 100.0}


@pytest.mark.parametrize("run", [GONE, PAUSED, ALIVE])
async def test_where_nobody_is_left_to_go_back_the_watchdog_does(quick: World, run: str) -> None:
    """Both DAGs are paused, or the release's run is deleted, or its own task never wakes up."""
    airflow = Airflow()
    release = await started(quick, airflow)
    watchdog, patience = quick.take_up(release.id), timedelta(minutes=1)
    assert isinstance(await perform(watchdog, "release.end"), Wait)
    quick.clock.pass_(30)
    assert await look_after(watchdog, run=run, patience=patience) is None
    assert shares(quick) == {"1.4.0": 100.0}
    quick.clock.pass_(GOING_BACK.total_seconds())
    assert "go back" in str(await look_after(watchdog, run=run, patience=patience))
    assert shares(quick) == {"1.3.0": 100.0}
    assert list(live(watchdog).blocked) == ["1.4.0"]
    quick.clock.pass_(120)
    await look_after(watchdog, run=GONE, patience=patience)
    assert watchdog.view.outcome == "rolled back"
    assert not quick.ledger.claims.all()


async def test_a_late_run_leaves_the_version_alone_that_replaced_the_bad_one(quick: World) -> None:
    airflow = Airflow()
    release = await started(quick, airflow)
    quick.repository().commit("fix: what was bad (SHOP-14)", "cart.py")
    await released(quick, MONITOR, run="run-2", version="1.4.1")
    late = rollback(quick, airflow)
    await quick.run(late)
    assert late.view.outcome == "superseded"
    assert "replaced by 1.4.1" in str((late.view.ending or {})["reason"])
    assert shares(quick) == {"1.4.1": 100.0}
    assert not live(release).blocked
    done = await perform(release, MONITOR)
    assert isinstance(done, Done)
    assert done.evidence["verdict"] == "superseded by 1.4.1"


async def test_a_version_on_its_way_out_over_the_bad_one_is_taken_out_with_it(
    quick: World,
) -> None:
    """1.4.1 is at ten percent when 1.4.0 is found bad: users get 1.3.0, not 1.4.0."""
    airflow = Airflow()
    await started(quick, airflow)
    quick.repository().commit("feat: more of it (SHOP-14)", "cart.py")
    second = quick.open(rows=THERE, run="run-2", day_0=None, regions=("eu",), version="1.4.1")
    await go(quick, second, "execution.production.eu.step_10")
    assert quick.exposed("1.4.1") == 10
    run = rollback(quick, airflow)
    await go(quick, run, "execution.production.eu.retract")
    assert shares(quick) == {"1.3.0": 100.0}
    assert "1.4.0" in live(run).blocked


async def the_run_goes_back(world: World, release: Release, airflow: Airflow) -> None:
    """Airflow runs it at last; then who asked for it says that it is done."""
    await world.run(rollback(world, airflow))
    result = await perform(release, MONITOR)
    assert isinstance(result, Fail)
    assert result.reasons[0].startswith("rolled back (shop.rollback/rollback__run-1): production")
    assert release.view.closed["rollback"] == "/".join(RUN)
    retracts = [call for call in world.deployments.calls if call[0] == "retract"]
    assert len(retracts) == 1
    assert shares(world) == {"1.3.0": 100.0}
    assert not world.ledger.claims.all()


def at_the_decision(here: Boundary, _: int) -> bool:
    """Right after it is written down that the version goes back."""
    return here.stage == "after" and "#goes back" in here.subject


async def one_life(world: World, release: Release, airflow: Airflow | None, reaper: Reaper) -> Any:
    """What the monitor of one process comes to; None when it died, or when it only waits."""
    ledger = DyingLedger(world.ledger, reaper)
    alive = take_up(ledger, release.id, connect=world.ports, clock=world.clock.now)
    alive.starter = airflow
    with suppress(Killed):
        result = await perform(alive, MONITOR)
        return None if isinstance(result, Wait) else result
    return None


def rollback(world: World, airflow: Airflow) -> Release:
    """The release that Airflow's run is."""
    conf = dict(airflow.runs[RUN])
    conf["regions"] = tuple(conf["regions"])
    return world.open("rollback", run="rollback__run-1", day_0=None, by="windlass", **conf)
