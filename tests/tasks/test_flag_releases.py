"""Releases that bring feature flags only, and what becomes of flags after their release."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.tasks.after import MONITOR, THERE, go
from tests.tasks.flagged import AT, CART_EU, CART_US, EU, US, flag, flags, with_flags
from tests.tasks.meeting_world import STEP, WINDOW, ready
from tests.tasks.test_flag_ramps import blocked, kill_cart
from tests.tasks.test_one_way import page_states
from tests.tasks.world import DAY_0, World
from windlass.errors import InputError
from windlass.ports.flags import FlagState
from windlass.tasks.adopting import lift
from windlass.tasks.exposing import live
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Wait
from windlass.tasks.verbs import abort

OFF, ON = FlagState(on=False), FlagState(on=True, percent=100.0)
LAST, SETTLE = f"{AT}.judge_100", "execution.settle"
DAY = {"release_types": {"flag": {"follow_up": {"monitor": "10 min", "interval": "1 min"}}}}


@pytest.fixture
def world(make: Any) -> World:
    """The shop, whose 1.3.0 is live and has the flag, off."""
    return with_flags(make, **DAY)


def opened(world: World, run: str = "run-1", **inputs: Any) -> Release:
    given = {"day_0": None, "reason": "launch", "flags": ("new-cart",), **inputs}
    return world.open("flag", run=run, **given)


async def ramped(world: World, run: str = "run-1") -> Release:
    """A flag that is on for everybody in eu, and watched."""
    release = opened(world, run, regions=("eu",))
    assert isinstance(await go(world, release, "execution.production.eu.validate"), Done)
    assert isinstance(await go(world, release, SETTLE), Done)
    return release


async def test_a_flag_release_ramps_on_the_version_that_is_live_and_builds_nothing(
    world: World,
) -> None:
    release = opened(world)
    await world.run(release)
    assert release.view.outcome == "released"
    assert flag(world) == flag(world, US) == ON
    assert world.deployments.calls == []
    assert world.pipelines.runs == {}
    assert release.view.version == "1.3.0"
    assert release.view.candidate is None
    assert release.view.promoted == {CART_EU: "on", CART_US: "on"}
    assert not world.ledger.claims.all()
    assert world.ledger.verify(release.id).ok


async def test_a_flag_that_does_badly_goes_off_and_is_blocked_on_that_version_alone(
    world: World,
) -> None:
    world.metrics.errors["on"] = 0.3
    release = opened(world)
    await world.run(release)
    assert release.view.outcome == "rolled back"
    assert flag(world) == flag(world, US) == OFF
    assert world.deployments.calls == []
    assert blocked(world) == ["1.3.0+new-cart"]

    world.metrics.errors["on"] = 0.002
    shutil.rmtree(world.root / "incidents")
    world.clock.pass_(2 * 86400)
    again = opened(world, "run-2")
    result = await go(world, again, "execution.open")
    assert isinstance(result, Fail)
    assert "A person must lift it: windlass lift shop 1.3.0+new-cart" in result.reasons[0]
    lift(
        world.ledger,
        product="shop",
        version="1.3.0+new-cart",
        by="ops",
        reason="the cart was mended by a setting",
        at=world.clock.now(),
    )
    third = opened(world, "run-3")
    await world.run(third)
    assert third.view.outcome == "released"


async def test_a_flag_never_ramps_where_its_code_is_not_live(world: World) -> None:
    release = opened(world, regions=("eu",))
    assert isinstance(await go(world, release, "execution.production.eu.window"), Done)
    world.deployments.put(EU, world.artifact("1.2.0"))
    result = await go(world, release, f"{AT}.ramp_staff")
    assert isinstance(result, Fail)
    assert "new-cart ramps only where 1.3.0 is live" in result.reasons[0]
    assert flag(world) == OFF


async def test_regions_on_different_versions_are_not_ramped_together(world: World) -> None:
    artifact = world.artifact("1.2.0")
    facts = {"version": "1.2.0", "location": artifact.location, "digest": artifact.digest}
    data = {"product": "shop", "target": US, "version": "1.2.0", "artifact": facts}
    at = world.clock.now()
    world.ledger.append("adopted/shop", "version.adopted", data, at=at, by="ops")
    world.deployments.put(US, artifact)
    release = opened(world)
    result = await go(world, release, "execution.open")
    assert isinstance(result, Fail)
    assert result.reasons[0].endswith("production/eu: 1.3.0, production/us: 1.2.0")


async def test_no_code_is_deployed_where_a_flag_is_being_ramped(world: World) -> None:
    release = opened(world, regions=("eu",))
    assert isinstance(await go(world, release, f"{AT}.ramp_staff"), Done)
    other = ready(world, "minor", "other", "1.4.0")
    result = await perform(other, WINDOW)
    assert isinstance(result, Wait)
    assert release.id in result.reason


async def test_an_emergency_takes_the_place_and_the_flag_goes_off_first(world: World) -> None:
    release = opened(world, regions=("eu",))
    assert isinstance(await go(world, release, f"{AT}.ramp_staff"), Done)
    urgent = ready(world, "emergency", "urgent", "1.3.1", reason="fix")
    assert isinstance(await go(world, urgent, STEP), Done)
    assert flag(world) == OFF
    assert release.view.closed is not None
    assert blocked(world) == []


async def test_users_of_a_flag_are_watched_after_its_release_and_it_goes_off_when_they_do_worse(
    world: World,
) -> None:
    release = await ramped(world)
    world.metrics.errors["on"] = 0.3
    result = await go(world, release, MONITOR)
    assert isinstance(result, Fail)
    assert flag(world) == OFF
    assert world.deployments.calls == []
    assert blocked(world) == ["1.3.0+new-cart"]
    running = live(release).on(CART_EU)
    assert running is not None
    assert running.version == "off"
    assert not world.ledger.claims.all()


async def test_a_flag_whose_users_do_as_well_as_before_is_watched_to_the_end(world: World) -> None:
    release = await ramped(world)
    result = await go(world, release, MONITOR)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "no regression"
    assert flag(world) == ON


async def test_a_flag_that_was_killed_is_watched_no_more(world: World) -> None:
    release = await ramped(world)
    world.clock.pass_(60)
    await kill_cart(world)
    result = await go(world, release, MONITOR)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "superseded by off"
    assert "production/eu+new-cart" in live(release).history


async def test_a_rollback_turns_off_what_was_ramped_on_the_version_that_goes(make: Any) -> None:
    world = with_flags(make, **DAY)
    first = await with_cart(world)
    assert flag(world) == ON
    back = world.open("rollback", day_0=None, regions=("eu",), reason="rollback", by="ops")
    await world.run(back)
    assert world.deployments.state(EU).stable == "1.3.0"
    assert flag(world) == OFF
    done = [str(event["key"]) for event in world.events(back, "effect.done")]
    order = [key for key in done if EU in key]
    assert CART_EU in order[0]
    assert "retract-production/eu" in order[1]
    assert first.view.version == "1.4.0"


async def with_cart(world: World) -> Release:
    """1.4.0 with its flag on, in eu."""
    rows = (*THERE, "execution.production.ramp")
    release = world.open(rows=rows, day_0=None, regions=("eu",), flags=("new-cart",))
    assert isinstance(await go(world, release, LAST), Done)
    assert isinstance(await go(world, release, SETTLE), Done)
    return release


async def test_a_rollback_leaves_a_flag_on_that_the_earlier_version_had(world: World) -> None:
    await ramped(world)
    release = world.open(rows=THERE, day_0=None, regions=("eu",), run="run-9")
    for step in ("judge_10", "judge_100"):
        assert isinstance(await go(world, release, f"execution.production.eu.{step}"), Done)
    assert isinstance(await go(world, release, SETTLE), Done)
    back = world.open("rollback", day_0=None, regions=("eu",), reason="rollback", by="ops")
    await world.run(back)
    assert world.deployments.state(EU).stable == "1.3.0"
    assert flag(world) == ON


async def test_a_flag_release_needs_a_flag(world: World) -> None:
    with pytest.raises(InputError, match="flags: name what is to be ramped; allowed: new-cart"):
        opened(world, flags=())


async def test_a_dry_run_says_what_it_would_turn_on_and_touches_no_flag(world: World) -> None:
    release = opened(world, dry_run=True)
    await world.run(release)
    assert release.view.outcome == "dry run"
    assert flag(world) == OFF
    assert await flags(world).read(US, "new-cart") == OFF


async def test_a_rollback_that_takes_the_place_while_a_flag_ramps_takes_the_flag_off_alone(
    world: World,
) -> None:
    release = opened(world, regions=("eu",))
    assert isinstance(await go(world, release, f"{AT}.ramp_staff"), Done)
    back = world.open("rollback", day_0=None, regions=("eu",), reason="rollback", by="ops")
    await world.run(back)
    assert flag(world) == OFF
    assert world.deployments.state(EU).stable == "1.3.0"
    assert set(blocked(world)) == {"1.3.0+new-cart"}


async def test_a_flag_that_is_not_there_or_on_already_is_found_when_it_is_planned(
    world: World,
) -> None:
    await flags(world).set(EU, "new-cart", FlagState(on=True, percent=5.0))
    (world.root / "flags-production-us.json").write_text('{"flags": {}}')
    release = opened(world)
    result = await go(world, release, "planning.automation")
    assert isinstance(result, Ask | Fail)
    said = str(result)
    assert "new-cart is on for 5 % of users of production/eu already" in said
    assert "production/us has no flag 'new-cart'" in said


async def test_users_without_the_flag_are_measured_before_it_is_ramped(world: World) -> None:
    release = opened(world, regions=("eu",))
    result = await go(world, release, "planning.monitoring")
    assert isinstance(result, Done)
    assert result.evidence["fresh"][0].startswith("errors: ")
    (look, *_) = release.view.looks["planning.monitoring"]
    assert look["target"] == CART_EU
    assert list(look["reading"]["counters"]) == ["off"]


async def test_metrics_that_do_not_tell_users_apart_are_found_when_it_is_planned(
    world: World,
) -> None:
    world.metrics.flags = lambda target, label: {}
    release = opened(world, regions=("eu",))
    result = await go(world, release, "planning.monitoring")
    assert isinstance(result, Ask | Fail)
    assert "http_requests_total has no fresh data of off" in str(result)


async def test_the_releases_page_shows_who_has_the_flag(world: World) -> None:
    release = opened(world, regions=("eu",))
    assert isinstance(await go(world, release, f"{AT}.ramp_staff"), Done)
    assert page_states(world, release)[CART_EU] == "on for staff"
    assert isinstance(await go(world, release, f"{AT}.ramp_50"), Done)
    assert page_states(world, release)[CART_EU] == "on for a share of users"
    await abort(release, by="ops", reason="customers call")
    assert page_states(world, release)[CART_EU] == "off again"


async def test_two_flags_for_one_day_are_two_releases_and_one_flag_twice_is_one(make: Any) -> None:
    two = {"new-cart": {"steps": [100]}, "gift-notes": {"steps": [100]}}
    world = with_flags(make, flags=two)
    first = opened(world, "run-1", day_0=DAY_0)
    other = opened(world, "run-2", day_0=DAY_0, flags=("gift-notes",))
    again = opened(world, "run-3", day_0=DAY_0)
    for release in (first, other, again):
        await perform(release, "planning.open")
    assert (first.view.ending, other.view.ending) == (None, None)
    assert again.view.ending is not None
    assert again.view.ending["superseded_by"] == first.id
