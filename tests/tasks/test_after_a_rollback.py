"""What may go out after a rollback, when, and what goes back by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.after import (
    MONITOR,
    QUICK,
    THERE,
    Airflow,
    DiesOnce,
    evidence,
    go,
    released,
    rolled_back,
)
from tests.tasks.test_gates import question
from tests.tasks.world import DAY_0, Make, World
from windlass.tasks.adopting import lift
from windlass.tasks.exposing import live
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait

EU, US = "production/eu", "production/us"
WINDOW = "execution.production.eu.window"
ISSUES = "follow_up.issues"
FREEZE = {
    "name": "audit",
    "from": "2026-03-01T00:00:00",
    "until": "2026-04-01T00:00:00",
    "reason": "the auditors are here",
    "owner": "sam",
    "override": ["product_manager"],
}


def shares(world: World, target: str) -> dict[str, float]:
    return {v: share for v, share in world.deployments.state(target).shares.items() if share}


def was_live(world: World, *versions: str, targets: tuple[str, ...] = (EU, US)) -> None:
    """These versions were live there before 1.3.0, oldest first."""
    newest = list(world.ledger.select(("version.promoted",), product="shop"))
    at = newest[0].at - timedelta(days=90)
    for day, version in enumerate(versions):
        stream, artifact = f"shop.minor/was-{version}", world.artifact(version)
        when = at + timedelta(days=day)
        world.ledger.append(stream, "release.opened", {"product": "shop"}, at=when)
        known = {
            "version": version,
            "location": artifact.location,
            "digest": artifact.digest,
        }
        for target in targets:
            data = {"product": "shop", "target": target, "version": version, "sha": "0"}
            world.ledger.append(stream, "version.promoted", {**data, "artifact": known}, at=when)


# -- a version that was taken back ---------------------------------------------------------------


async def test_a_blocked_version_goes_out_again_only_lifted_and_as_attempt_2(world: World) -> None:
    await rolled_back(world, version="1.4.0")
    again = world.open(rows=THERE, run="run-2", day_0=None, regions=("eu",), version="1.4.0")
    refused = await go(world, again, "execution.open")
    assert isinstance(refused, Fail)
    assert "1.4.0: it is blocked: aborted by ops: customers call" in refused.reasons[0]
    assert "windlass lift shop 1.4.0" in refused.reasons[0]
    world.clock.pass_(60)

    lift(world.ledger, product="shop", version="1.4.0", by="mia", reason="it was the network",
         at=world.clock.now())  # fmt: skip
    third = await released(world, run="run-3", version="1.4.0")
    assert evidence(await perform(third, "execution.open"))["attempt"] == 2
    assert shares(world, EU) == {"1.4.0": 100.0}
    exposed = [call for call in world.deployments.calls if call[:3] == ("expose", EU, "1.4.0")]
    assert [call[3] for call in exposed] == ["10", "10", "100"]


async def at_its_window(world: World, kind: str = "minor", **inputs: Any) -> Release:
    known = {"version": "1.4.1", "regions": ("eu",), **inputs}
    return world.open(kind, rows=("execution.production.window",), run="next", day_0=None, **known)


async def test_after_a_rollback_nothing_ordinary_begins_for_a_while(world: World) -> None:
    await rolled_back(world)
    back = world.clock.at
    release = await at_its_window(world)
    waits = await perform(release, WINDOW)
    assert isinstance(waits, Wait)
    assert "1.4.0 was taken back at" in waits.reason
    assert "windlass lift shop 1.4.0" in waits.reason
    assert waits.until is not None
    assert timedelta(minutes=59) < waits.until - back <= timedelta(hours=1)
    world.clock.at = waits.until
    assert isinstance(await perform(release, WINDOW), Done)


async def test_each_further_rollback_within_a_day_doubles_the_time(world: World) -> None:
    await rolled_back(world)
    other, at = "shop.patch/other", world.clock.at
    world.ledger.append(other, "release.opened", {"product": "shop"}, at=at)
    data = {"product": "shop", "version": "1.3.9", "reason": "slow"}
    world.ledger.append(other, "version.blocked", data, at=at)
    waits = await perform(await at_its_window(world), WINDOW)
    assert isinstance(waits, Wait)
    assert waits.until == at + timedelta(hours=2)


async def test_a_person_who_lifts_the_version_ends_the_calm(world: World) -> None:
    await rolled_back(world)
    release = await at_its_window(world)
    assert isinstance(await perform(release, WINDOW), Wait)
    world.clock.pass_(60)
    lift(world.ledger, product="shop", version="1.4.0", by="mia", reason="seen", at=world.clock.at)
    assert isinstance(await perform(release, WINDOW), Done)


async def test_an_emergency_does_not_wait_for_calm(world: World) -> None:
    await rolled_back(world)
    release = await at_its_window(world, "emergency", reason="security", note="CVE")
    assert isinstance(await perform(release, WINDOW), Done)


async def test_a_product_may_want_no_calm(make: Make) -> None:
    world = make({"rollout": {"calm": "0 min"}})
    await rolled_back(world)
    assert isinstance(await perform(await at_its_window(world), WINDOW), Done)


async def test_an_emergency_needs_no_change_request_to_begin(world: World) -> None:
    """Its type asks for none; the company keeps change requests all the same."""
    release = world.open(
        "emergency", rows=("execution.announce",), day_0=None, reason="security", note="CVE"
    )
    done = await go(world, release, "execution.announce")
    assert isinstance(done, Done)
    assert "change" not in done.evidence


# -- the next version while the last is watched --------------------------------------------------


async def test_1_4_1_goes_out_during_the_monitor_of_1_4_0_whose_regression_touches_nothing(
    make: Make,
) -> None:
    """Both real: 1.4.0 is watched in eu, 1.4.1 replaces it, then what 1.4.0 counted goes bad."""
    world = make(QUICK)
    first = await released(world, MONITOR, version="1.4.0")
    for _ in range(2):
        assert isinstance(await perform(first, MONITOR), Wait)
        world.clock.pass_(60)
    world.repository().commit("fix: a typo (SHOP-14)", "cart.py")
    second = await released(world, MONITOR, run="run-2", version="1.4.1")
    assert shares(world, EU) == {"1.4.1": 100.0}
    calls = list(world.deployments.calls)
    world.metrics.errors["1.4.0"] = 0.9
    done = await perform(first, MONITOR)
    assert isinstance(done, Done)
    assert done.evidence["verdict"] == "superseded by 1.4.1"
    assert first.view.closed is None
    assert world.deployments.calls == calls
    assert live(second).blocked == {}
    assert isinstance(await perform(second, MONITOR), Wait)


# -- back by hand --------------------------------------------------------------------------------


def by_hand(world: World, **inputs: Any) -> Release:
    known = {"reason": "rollback", "note": "customers call", "by": "ops", **inputs}
    return world.open("rollback", run="by-hand", day_0=None, **known)


@pytest.mark.parametrize("regions", [("eu",), ("us",), ("eu", "us"), ()], ids=str)
async def test_any_set_of_regions_goes_back_by_hand(world: World, regions: tuple[str, ...]) -> None:
    was_live(world, "1.2.0")
    release = by_hand(world, regions=regions)
    await world.run(release)
    chosen = {f"production/{name}" for name in regions or ("eu", "us")}
    for target in (EU, US):
        expected = "1.2.0" if target in chosen else "1.3.0"
        assert shares(world, target) == {expected: 100.0}
    assert list(live(release).blocked) == ["1.3.0"]
    assert not world.ledger.claims.all()
    retracts = [call[1] for call in world.deployments.calls if call[0] == "retract"]
    assert retracts == sorted(chosen, reverse=True)  # the last region first


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "1.2.0"])
async def test_any_earlier_good_version_can_be_gone_back_to(world: World, version: str) -> None:
    was_live(world, "1.0.0", "1.1.0", "1.2.0")
    await world.run(by_hand(world, to_version=version))
    assert shares(world, EU) == shares(world, US) == {version: 100.0}


async def test_a_version_that_was_never_live_there_is_refused_and_nothing_moves(
    world: World,
) -> None:
    first = world.open(rows=THERE, day_0=None, regions=("eu",))
    await go(world, first, "execution.production.eu.step_10")
    release = by_hand(world, to_version="0.9.0")
    refused = await go(world, release, "execution.production.eu.retract")
    assert isinstance(refused, Fail)
    assert "0.9.0 was never live here" in refused.reasons[0]
    assert world.exposed("1.4.0") == 10


async def test_a_region_that_cannot_go_back_holds_up_no_other(world: World) -> None:
    """1.2.0 was only ever live in eu; us comes first, and says that it cannot."""
    was_live(world, "1.2.0", targets=(EU,))
    release = by_hand(world, to_version="1.2.0")
    await world.run(release)
    assert shares(world, EU) == {"1.2.0": 100.0}
    assert shares(world, US) == {"1.3.0": 100.0}
    assert "1.2.0 was never live here" in str(world.results["execution.production.us.retract"])
    assert not world.ledger.claims.all()


@pytest.mark.parametrize("to_version", [None, "1.3.0"])
async def test_over_a_release_at_ten_percent_what_users_had_comes_back(
    world: World, to_version: str | None
) -> None:
    """Though nothing but 1.3.0 was ever live, and though that is what was asked for."""
    first = world.open(rows=THERE, day_0=None, regions=("eu",))
    await go(world, first, "execution.production.eu.step_10")
    release = by_hand(world, to_version=to_version)
    done = await go(world, release, "execution.production.eu.retract")
    assert isinstance(done, Done)
    assert done.evidence == {"back_to": "1.3.0", "from": "1.4.0"}
    assert shares(world, EU) == {"1.3.0": 100.0}
    assert list(live(release).blocked) == ["1.4.0"]


async def test_by_hand_it_goes_back_inside_a_freeze(make: Make) -> None:
    world = make({"(calendar)": {"freezes": [FREEZE]}})
    was_live(world, "1.2.0")
    world.clock.at = DAY_0
    began = world.clock.at
    held = await perform(await at_its_window(world), WINDOW)
    assert isinstance(held, Wait)
    await world.run(by_hand(world))
    assert shares(world, EU) == shares(world, US) == {"1.2.0": 100.0}
    assert world.clock.at - began < timedelta(minutes=5)


# -- the hotfix ----------------------------------------------------------------------------------


async def test_the_hotfix_opens_with_the_scope_of_the_release_that_failed(make: Make) -> None:
    world = make(QUICK)
    failed = await rolled_back(world, ISSUES)
    airflow = failed.starter = Airflow()
    await perform(failed, ISSUES)
    conf = dict(airflow.runs["shop.emergency", "hotfix__run-1"])
    hotfix = world.open(
        "emergency",
        rows=THERE,
        run="hotfix__run-1",
        day_0=None,
        by="airflow",
        **{name: conf[name] for name in ("reason", "note", "hotfix_for")},
    )
    assert isinstance(await perform(hotfix, "planning.open"), Ask)
    asked = question(hotfix, "planning.open").question
    assert asked["roles"] == ["on_call"]
    assert [item["key"] for item in asked["facts"]["scope"]] == ["SHOP-12", "SHOP-14"]
    assert asked["facts"]["asked_for_by"] == failed.id
    assert not isinstance(await perform(hotfix, "execution.production.eu.step_10"), Done | Skip)


async def test_a_hotfix_whose_start_a_dead_process_was_in_the_middle_of_is_started(
    make: Make,
) -> None:
    world = make(QUICK)
    failed = await rolled_back(world, ISSUES)
    airflow = failed.starter = DiesOnce()
    with pytest.raises(asyncio.CancelledError):
        await perform(failed, ISSUES)
    assert isinstance(await perform(failed, ISSUES), Wait)
    await world.do(failed, ISSUES)
    assert list(airflow.runs) == [("shop.emergency", "hotfix__run-1")]
