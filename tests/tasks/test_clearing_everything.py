"""Somebody clears a task in Airflow, wherever the release is: nothing is done twice or undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.after import MONITOR, THERE, go, messages
from tests.tasks.after import released as in_production
from tests.tasks.world import World
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait

ROWS = (
    *THERE,
    "planning.scope",
    "planning.risk",
    "validation.quality.suite",
    "validation.quality.gate",
    "validation.readiness.approval",
    "validation.readiness.gate",
    "execution.package",
    "execution.environment.deploy",
    "execution.production.window",
    "execution.production.health",
    "execution.announce",
    "follow_up.incidents",
    "follow_up.monitor",
)
TEARDOWNS = ("execution.settle", "release.end")
QUICK = {"release_types": {"minor": {"follow_up": {"monitor": "2 min", "interval": "1 min"}}}}


@pytest.fixture
def quick(make: Any) -> World:
    return make(QUICK)


async def released(world: World) -> Release:
    release = world.open(rows=ROWS, day_0=None, regions=("eu",))
    await world.run(release)
    assert release.view.outcome == "released"
    return release


async def rolled_back(world: World) -> Release:
    release = world.open(rows=ROWS, day_0=None, regions=("eu",))

    def watcher(task: Any, result: Any) -> None:
        if task.id == "execution.production.eu.step_10" and isinstance(result, Done):
            release.record("exposure.closed", key="closed", reason="customers call")

    world.watcher = watcher
    await world.run(release)
    assert release.view.outcome == "rolled back"
    return release


def clear(release: Release, *tasks: str) -> None:
    """As the witness writes it down when somebody clears tasks in Airflow."""
    release.record("task.cleared", tasks=list(tasks), reason="cleared", by="ops")


@pytest.mark.parametrize("come_to", [released, rolled_back])
async def test_any_task_that_is_cleared_after_the_end_moves_nothing_and_waits_for_nobody(
    quick: World, come_to: Any
) -> None:
    release = await come_to(quick)
    ended, calls = release.view.outcome, list(quick.deployments.calls)
    messages = (quick.root / "messages.jsonl").read_text()
    tags = quick.repository().git("tag")
    for task in release.plan.tasks:
        clear(release, "planning.open", task.id, *TEARDOWNS)
        for each in dict.fromkeys(("planning.open", task.id, *TEARDOWNS)):
            result = await perform(release, each)
            assert not isinstance(result, Ask | Wait), (task.id, each, result)
        assert release.view.outcome == ended
    assert quick.deployments.calls == calls
    assert (quick.root / "messages.jsonl").read_text() == messages
    assert quick.repository().git("tag") == tags
    assert not quick.ledger.claims.all()
    assert quick.ledger.verify(release.id).ok


async def test_a_step_that_is_cleared_after_a_rollback_says_so_and_the_end_fails_again(
    quick: World,
) -> None:
    release = await rolled_back(quick)
    step = "execution.production.eu.step_10"
    clear(release, "planning.open", step, *TEARDOWNS)
    refused = await perform(release, step)
    assert isinstance(refused, Skip)
    assert refused.reason.endswith("; start a new release")
    assert isinstance(await perform(release, "execution.settle"), Done)
    assert isinstance(await perform(release, "release.end"), Fail)


async def test_a_task_that_is_cleared_while_the_next_version_is_out_leaves_that_one_alone(
    quick: World,
) -> None:
    """1.4.0 is still watched when 1.4.1 replaces it; then somebody clears a step of 1.4.0."""
    first = await in_production(quick, MONITOR, version="1.4.0")
    quick.repository().commit("fix: a typo (SHOP-14)", "cart.py")
    await in_production(quick, MONITOR, run="run-2", version="1.4.1")
    calls = list(quick.deployments.calls)
    for task in first.plan.tasks:
        if task.id not in (MONITOR, "release.end"):
            clear(first, "planning.open", task.id, *TEARDOWNS)
            for each in ("planning.open", task.id, "execution.settle"):
                await perform(first, each)
    assert quick.deployments.calls == calls
    assert quick.deployments.state("production/eu").shares == {"1.4.1": 100.0}
    done = await perform(first, MONITOR)
    assert isinstance(done, Done)
    assert done.evidence["verdict"] == "superseded by 1.4.1"


async def test_any_task_that_is_cleared_in_production_doubles_nothing(quick: World) -> None:
    release = quick.open(rows=ROWS, day_0=None, regions=("eu",))
    step = "execution.production.eu.step_100"
    task = release.plan.task(step)
    for before in task.after:
        await go(quick, release, before)
    calls, told = list(quick.deployments.calls), messages(quick)
    tags = quick.repository().git("tag")
    done = [each.id for each in release.plan.tasks if release.view.record(each.id)]
    assert "execution.production.eu.step_10" in done
    for each in done:
        clear(release, "planning.open", each)
        await go(quick, release, each)
        await go(quick, release, "execution.production.eu.judge_10")
        assert (quick.deployments.calls, messages(quick)) == (calls, told), each
    assert quick.repository().git("tag") == tags
    assert release.view.closed is None
    assert isinstance(await go(quick, release, step), Done)
