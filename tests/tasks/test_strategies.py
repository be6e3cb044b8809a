"""Every way to expose a version settles, whatever becomes of its first step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.after import THERE, evidence, go
from tests.tasks.world import Make, World
from windlass.errors import TerminalError
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Skip

EU, US = "production/eu", "production/us"
SETTLE, END = "execution.settle", "release.end"
#: How each strategy is usually paired: what can be taken back, and what users are left with when
#: the first step (10 % where there are steps) did badly.
STRATEGIES: dict[str, tuple[str, dict[str, float], str]] = {
    "canary": ("full", {"1.3.0": 100.0}, "rolled back"),
    "rolling": ("full", {"1.3.0": 100.0}, "rolled back"),
    "blue_green": ("full", {"1.3.0": 100.0}, "rolled back"),
    "all_at_once": ("full", {"1.3.0": 100.0}, "rolled back"),
    "phased_store": ("halt_only", {"1.3.0": 90.0, "1.4.0": 10.0}, "halted"),
    "publish": ("none", {"1.4.0": 100.0}, "rolled forward"),
}
BACK = ("blue_green", "all_at_once", "publish")


class Killed(BaseException):
    """The worker's process is gone: nothing after this runs in it."""


def opened(make: Make, strategy: str) -> tuple[World, Release]:
    world: World = make({"rollout": {"strategy": strategy}})
    world.deployments.undo = STRATEGIES[strategy][0]
    world.reply("execution.production.eu.judge", "roll back", "ops", reason="errors all over")
    return world, world.open(rows=THERE, day_0=None)


def first(strategy: str, row: str) -> str:
    """The first region's first task of ``row``."""
    return f"execution.production.eu.{row}_{100 if strategy in BACK else 10}"


def shares(world: World, target: str) -> dict[str, float]:
    return {v: share for v, share in world.deployments.state(target).shares.items() if share}


async def settled(world: World, release: Release) -> str:
    """Settled and ended; the outcome."""
    assert isinstance(await go(world, release, SETTLE), Done)
    assert not world.ledger.claims.all()
    assert shares(world, US) == {"1.3.0": 100.0}
    await go(world, release, END)
    assert world.ledger.verify(release.id).ok
    return str(release.view.outcome)


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_first_step_that_did_badly_settles(make: Make, strategy: str) -> None:
    world, release = opened(make, strategy)
    world.metrics.errors["1.4.0"] = 0.3
    assert isinstance(await go(world, release, first(strategy, "judge")), Fail)
    _, left, outcome = STRATEGIES[strategy]
    assert await settled(world, release) == outcome
    assert shares(world, EU) == left
    blocked = [e.data["version"] for e in world.ledger.select(("version.blocked",))]
    assert blocked == ["1.4.0"]


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_first_step_that_the_vendor_refuses_settles(make: Make, strategy: str) -> None:
    world, release = opened(make, strategy)

    def refused() -> None:
        if world.deployments.calls[-1][:2] == ("expose", EU):
            raise TerminalError("no such package")

    world.deployments.before_change = refused
    assert isinstance(await go(world, release, first(strategy, "step")), Fail)
    assert await settled(world, release) == "rolled back"
    assert shares(world, EU) == {"1.3.0": 100.0}


@pytest.mark.parametrize("landed", [False, True], ids=["before-it-landed", "after-it-landed"])
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_first_step_whose_worker_died_settles(
    make: Make, strategy: str, landed: bool
) -> None:
    world, release = opened(make, strategy)

    def killed() -> None:
        raise Killed

    await go(world, release, "execution.open")
    hook = "after_change" if landed else "before_change"
    setattr(world.deployments, hook, killed)
    with pytest.raises(Killed):
        await go(world, release, first(strategy, "step"))
    setattr(world.deployments, hook, lambda: None)
    after = world.take_up(release.id)
    after.token = world.ledger.bump_token(release.id)
    _, left, outcome = STRATEGIES[strategy]
    assert await settled(world, after) == (outcome if landed else "rolled back")
    assert shares(world, EU) == (left if landed else {"1.3.0": 100.0})


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_good_version_goes_out_in_the_strategy_s_steps(make: Make, strategy: str) -> None:
    world, release = opened(make, strategy)
    world.reply("execution.production", "advance one step", "ops", reason="looks fine")
    for task in release.plan.tasks:
        if task.phase == "execution":
            await go(world, release, task.id)
    assert release.view.promoted.items() >= {EU: "1.4.0", US: "1.4.0"}.items()
    steps = [float(c[3]) for c in world.deployments.calls if c[:2] == ("expose", EU)]
    assert steps == ([100.0] if strategy in BACK else [10.0, 100.0])


async def test_a_halt_that_comes_too_late_leaves_the_version_live_and_known(make: Make) -> None:
    """Everybody in eu has it when us does badly: the ledger says what eu serves from now on."""
    world, release = opened(make, "phased_store")
    for task in ("step_10", "judge_10", "step_100", "judge_100"):
        await go(world, release, f"execution.production.eu.{task}")
        if task == "judge_10":
            world.reply("execution.production.eu", "advance one step", "ops", reason="fine")
    await go(world, release, "execution.production.us.step_100")
    world.metrics.errors["1.4.0"] = 0.3
    world.reply("execution.production.us", "roll back", "ops", reason="errors")
    assert isinstance(await go(world, release, "execution.production.us.judge_100"), Fail)
    assert isinstance(await perform(release, SETTLE), Done)
    assert release.view.promoted.items() >= {EU: "1.4.0", US: "1.4.0"}.items()
    left = {target: back["left"] for target, back in release.view.reverted.items()}
    assert left.items() >= {US: 100.0, EU: 100.0}.items()
    ended: Any = await go(world, release, END)
    assert "production/eu is halted: 100 % keep 1.4.0" in ended.reasons[0]
    assert release.view.outcome == "halted"


@pytest.mark.parametrize("strategy", ["phased_store", "publish"])
async def test_what_takes_nothing_back_says_so_before_it_starts(make: Make, strategy: str) -> None:
    """The plan that people sign promises no way back, and none is rehearsed."""
    world, _ = opened(make, strategy)
    rows = (*THERE, "planning.rollback", "validation.readiness.rehearsal")
    release = world.open(rows=rows, run="run-2", day_0=None)
    written = evidence(await go(world, release, "planning.rollback"))["rollback"]
    undo = STRATEGIES[strategy][0]
    assert {"halt_only": "what is out stays out", "none": "goes forward"}[undo] in written
    skipped = await go(world, release, "validation.readiness.rehearsal")
    assert isinstance(skipped, Skip)
    assert "no way back to rehearse" in skipped.reason
