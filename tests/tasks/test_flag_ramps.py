"""A feature flag is ramped behind the code that brings it, and goes off before that code goes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tests.crash.dying import DyingLedger, Killed, Reaper
from tests.tasks.after import THERE, go
from tests.tasks.flagged import AT, CART_EU, CART_US, EU, US, flag, flags, with_flags
from tests.tasks.world import World
from windlass.errors import InputError, VendorUnavailable
from windlass.ports.flags import FlagState
from windlass.tasks.execution.revert import way_back
from windlass.tasks.flagging import kill
from windlass.tasks.opening import take_up
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait
from windlass.tasks.verbs import abort, hold

RAMPS = (*THERE, "execution.production.ramp", "execution.watch")
OFF = FlagState(on=False)
FIRST, HALF, LAST = f"{AT}.ramp_staff", f"{AT}.ramp_50", f"{AT}.ramp_100"
SETTLE = "execution.settle"


@pytest.fixture
def world(make: Any) -> World:
    """The shop with its flag off."""
    return with_flags(make)


def opened(world: World, **inputs: Any) -> Release:
    return world.open(rows=RAMPS, **{"day_0": None, "flags": ("new-cart",), **inputs})


async def at(world: World, task: str, **inputs: Any) -> Release:
    """A release in eu whose ``task`` is done."""
    release = opened(world, regions=("eu",), **inputs)
    assert isinstance(await go(world, release, task), Done)
    return release


def stepped(world: World, release: Release) -> list[tuple[str, float | str]]:
    """What was exposed to users, in order: a target, and a percent or an audience."""
    return [
        (event["target"], event.get("audience") or event["percent"])
        for event in world.events(release, "exposure.stepped")
        if event["target"] != "staging"
    ]


def effects(world: World, release: Release) -> list[str]:
    """The targets of what was done to the world while it went back, in the order it began there."""
    done = [str(event["key"]) for event in world.events(release, "effect.done")]
    targets = [key.partition("/")[2] for key in done if key.startswith("execution.revert/")]
    return list(dict.fromkeys(targets))


def blocked(world: World) -> list[str]:
    return [str(e.data["version"]) for e in world.ledger.select(("version.blocked",))]


async def kill_cart(world: World, place: str | None = None) -> None:
    await kill(
        world.ledger,
        flags(world),
        world.product,
        "new-cart",
        environment=place,
        by="ops",
        reason="carts are lost",
        clock=world.clock.now,
    )


async def test_a_release_ramps_its_flag_by_audience_and_percent_behind_its_code(
    world: World,
) -> None:
    release = opened(world)
    kept: dict[str, FlagState] = {}
    world.watcher = lambda task, result: kept.update({task.id: flag(world)})
    await world.run(release)
    assert release.view.outcome == "released"
    assert stepped(world, release) == [
        (EU, 10.0),
        (EU, 100.0),
        (CART_EU, "staff"),
        (CART_EU, 50.0),
        (CART_EU, 100.0),
        (US, 10.0),
        (US, 100.0),
        (CART_US, "staff"),
        (CART_US, 50.0),
        (CART_US, 100.0),
    ]
    assert kept["execution.production.eu.judge_100"] == OFF
    assert kept[FIRST] == FlagState(on=True, percent=0.0, audiences=("staff",))
    assert kept[HALF] == FlagState(on=True, percent=50.0, audiences=("staff",))
    assert flag(world) == flag(world, US) == FlagState(on=True, percent=100.0)
    assert release.view.promoted[CART_EU] == release.view.promoted[CART_US] == "on"
    assert not world.ledger.claims.all()
    assert world.ledger.verify(release.id).ok


async def test_a_release_that_names_no_flag_leaves_it_alone(world: World) -> None:
    release = opened(world, flags=())
    await world.run(release)
    assert release.view.outcome == "released"
    assert world.results[FIRST] == Skip("this release does not ramp new-cart")
    assert flag(world) == OFF


async def test_on_regression_the_flag_goes_off_before_the_code_goes_back(world: World) -> None:
    world.metrics.errors["on"] = 0.3
    release = opened(world)
    await world.run(release)
    assert release.view.outcome == "rolled back"
    assert effects(world, release) == [CART_EU, EU, "staging"]
    (closed,) = world.events(release, "exposure.closed")
    assert closed["reason"].startswith("production/eu+new-cart at audience staff: errors")
    assert flag(world) == OFF
    assert world.exposed("1.4.0") == 0.0
    assert blocked(world) == ["1.4.0"]
    assert not world.ledger.claims.all()


async def test_code_of_one_region_that_does_badly_takes_the_flags_of_all_off_first(
    world: World,
) -> None:
    release = opened(world)
    assert isinstance(await go(world, release, "execution.production.us.step_10"), Done)
    assert flag(world).percent == 100.0
    await abort(release, by="ops", reason="customers call")
    assert effects(world, release) == [CART_EU, US, EU, "staging"]
    assert flag(world) == OFF


def test_all_flags_go_off_before_any_code_goes_back_and_the_last_touched_is_first() -> None:
    touched = ["staging", EU, CART_EU, US, CART_US]
    assert way_back(touched) == [CART_US, CART_EU, US, EU, "staging"]


async def test_where_the_code_has_no_way_back_the_flag_still_goes_off(world: World) -> None:
    world.deployments.undo = "none"
    world.metrics.errors["on"] = 0.3
    release = opened(world, regions=("eu",))
    await world.run(release)
    assert release.view.outcome == "rolled forward"
    assert flag(world) == OFF
    assert world.deployments.state(EU).shares == {"1.4.0": 100.0}
    assert release.view.reverted[CART_EU]["back_to"] == "off"
    assert CART_EU not in release.view.promoted


async def test_a_flag_whose_users_do_well_advances_and_those_who_do_not_are_compared_with_off(
    world: World,
) -> None:
    release = await at(world, f"{AT}.judge_50")
    looks = release.view.looks[f"{AT}.judge_50"]
    assert set(looks[-1]["reading"]["counters"]) == {"on", "off"}
    figures = release.view.verdicts[f"{AT}.judge_50"]
    assert figures["decision"] in ("go", "continue")


async def test_a_guarded_metric_decides_about_its_flag_alone(make: Any) -> None:
    guard = {"errors": {"count": "http_errors_total", "of": "http_requests_total"}}
    carts = {"carts": {"series": "queue_length", "direction": "increase", "critical": True}}
    world = with_flags(make, guard={**guard, **carts})
    world.metrics.gauges = {"on": 90.0, "off": 4.0}
    release = opened(world, regions=("eu",))
    await world.run(release)
    assert release.view.outcome == "rolled back"
    reason = str(release.view.closed["reason"])
    assert reason.startswith("production/eu+new-cart at 50 %: carts: canary mean")
    assert flag(world) == OFF


async def test_a_person_who_kills_the_flag_ends_the_ramp(world: World) -> None:
    release = await at(world, HALF)
    await kill_cart(world)
    result = await perform(release, f"{AT}.judge_50")
    assert result == Fail(("ops turned new-cart off in production/eu: carts are lost",))
    assert isinstance(await go(world, release, SETTLE), Done)
    assert flag(world) == OFF
    assert world.exposed("1.4.0") == 0.0
    assert isinstance(await perform(release, LAST), Skip)


async def test_the_watch_notices_a_killed_flag_while_the_judge_waits_for_a_person(
    world: World,
) -> None:
    release = await at(world, HALF)
    await kill_cart(world, "production")
    result = await perform(release, "execution.watch")
    assert result == Fail(("ops turned new-cart off in production/eu: carts are lost",))
    assert world.exposed("1.4.0") == 0.0


async def test_a_flag_that_was_killed_before_it_was_ramped_stays_off(world: World) -> None:
    release = await at(world, "execution.production.eu.judge_100")
    await kill_cart(world)
    assert isinstance(await go(world, release, FIRST), Fail)
    assert CART_EU not in release.view.touched
    assert flag(world) == OFF


async def test_a_kill_that_lands_while_a_step_sets_the_flag_wins(world: World) -> None:
    """The step's call comes after the kill's; it looks once more when it is through."""
    release = await at(world, f"{AT}.judge_staff")
    setting = type(flags(world))._set
    killed: list[bool] = []

    def slow(self: Any, place: str, name: str, state: FlagState) -> None:
        if state.percent == 50.0 and not killed:
            killed.append(True)
            event = {"product": "shop", "flag": name, "reason": "carts are lost"}
            data = {**event, "environment": "production", "target": place}
            world.ledger.append("flags/shop", "flag.killed", data, at=world.clock.now(), by="ops")
            setting(self, place, name, OFF)
        setting(self, place, name, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(flags(world)), "_set", slow)
        result = await go(world, release, HALF)
    assert isinstance(result, Fail)
    assert flag(world) == OFF


async def test_a_flag_that_somebody_turned_off_elsewhere_is_not_ramped_up_again(
    world: World,
) -> None:
    release = await at(world, f"{AT}.judge_staff")
    await flags(world).set(EU, "new-cart", OFF)
    result = await go(world, release, HALF)
    assert result == Fail(("new-cart is off in production/eu, and not by this release",))
    assert flag(world) == OFF


async def test_a_flag_that_is_on_already_is_refused_before_anybody_else_gets_it(
    world: World,
) -> None:
    await flags(world).set(EU, "new-cart", FlagState(on=True, percent=30.0))
    release = opened(world, regions=("eu",))
    result = await go(world, release, FIRST)
    assert isinstance(result, Fail)
    assert "new-cart is on for 30 % of users of production/eu already" in result.reasons[0]
    assert flag(world).percent == 30.0


async def test_a_flag_that_nobody_defined_is_refused(world: World) -> None:
    (world.root / "flags-production-eu.json").write_text('{"flags": {}}')
    release = opened(world, regions=("eu",))
    result = await go(world, release, FIRST)
    assert isinstance(result, Fail)
    assert "production/eu has no flag 'new-cart'" in result.reasons[0]


async def test_a_hold_keeps_the_flag_at_its_step(world: World) -> None:
    release = await at(world, f"{AT}.judge_staff")
    hold(release, by="ops", reason="a guest is in the office")
    assert isinstance(await perform(release, HALF), Wait)
    assert flag(world).percent == 0.0


async def test_a_cleared_step_takes_the_flag_from_nobody(world: World) -> None:
    release = await at(world, HALF)
    release.record("task.cleared", tasks=[FIRST], reason="by mistake")
    assert isinstance(await go(world, release, FIRST), Done)
    assert flag(world) == FlagState(on=True, percent=50.0, audiences=("staff",))


async def test_metrics_without_the_flags_label_let_nobody_on(world: World) -> None:
    world.metrics.flags = lambda target, label: {}
    release = opened(world, regions=("eu",))
    await go(world, release, FIRST)
    result = await go(world, release, f"{AT}.judge_staff", patience=7200.0)
    assert isinstance(result, Ask)
    assert flag(world).percent == 0.0


async def test_a_flags_vendor_that_is_down_keeps_no_code_from_going_back(world: World) -> None:
    release = await at(world, HALF)

    async def down(*_: object) -> None:
        raise VendorUnavailable("the flags do not answer")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(flags(world)), "read", down)
        with pytest.raises(VendorUnavailable):
            await abort(release, by="ops", reason="customers call")
    assert world.exposed("1.4.0") == 0.0
    assert flag(world).percent == 50.0
    assert isinstance(await go(world, release, SETTLE), Done)
    assert flag(world) == OFF


async def test_the_code_waits_for_a_call_on_its_flag_that_may_still_land_some_seconds(
    world: World,
) -> None:
    release = await at(world, f"{AT}.judge_staff")
    dies = Reaper(
        lambda at, _: at.stage == "before call" and "flag-" in at.subject, world.clock.now
    )
    ledger = DyingLedger(world.ledger, dies)
    with suppress(Killed):
        await perform(take_up(ledger, release.id, connect=world.ports, clock=world.clock.now), HALF)
    await abort(release, by="ops", reason="customers call")
    assert effects(world, release) == ["staging"]
    assert world.exposed("1.4.0") == 100.0
    began = world.clock.now()
    assert isinstance(await go(world, release, SETTLE), Done)
    assert effects(world, release) == ["staging", CART_EU, EU]
    assert (world.exposed("1.4.0"), flag(world)) == (0.0, OFF)
    assert (world.clock.now() - began).total_seconds() < 30


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
async def test_killed_once_at_every_boundary_it_ends_as_if_nobody_had_died(
    world: World, bad: bool
) -> None:
    if bad:
        world.metrics.errors["on"] = 0.3
    release = await at(world, "execution.production.eu.judge_100")
    reaper = Reaper(lambda _, nth: nth == 1, world.clock.now)
    tasks = [task.id for task in release.plan.tasks if task.args.get("flag") and "eu" in task.id]
    for task in (*tasks, SETTLE):
        await until_it_ends(world, release, task, reaper)
    assert len(reaper.kills) >= 20
    assert flag(world) == (OFF if bad else FlagState(on=True, percent=100.0))
    assert world.exposed("1.4.0") == (0.0 if bad else 100.0)
    assert not world.ledger.claims.all()
    if bad:
        assert effects(world, release).index(CART_EU) < effects(world, release).index(EU)


async def until_it_ends(world: World, release: Release, task: str, reaper: Reaper) -> None:
    """Perform ``task`` in one process after the other until one of them comes to its end."""
    for _ in range(500):
        reaper.revive()
        ledger = DyingLedger(world.ledger, reaper)
        alive = take_up(ledger, release.id, connect=world.ports, clock=world.clock.now)
        with suppress(Killed):
            if not isinstance(await perform(alive, task), Wait):
                return
        world.clock.pass_(10)
    raise AssertionError(f"{task} does not come to its end")


def test_a_release_cannot_be_opened_for_a_flag_that_it_cannot_ramp(world: World) -> None:
    wrong = r"minor releases of shop ramp no 'new-crt'; allowed: new-cart; did you mean 'new-cart'"
    with pytest.raises(InputError, match=wrong):
        opened(world, flags=("new-crt",))
    with pytest.raises(InputError, match="emergency releases of shop ramp no 'new-cart'; they"):
        world.open("emergency", day_0=None, flags=("new-cart",))
