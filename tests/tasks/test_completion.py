"""When development is complete, and which Day 0 a release that starts from it is for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.tasks.world import World
from windlass.plan.dating import day_0_after_completion
from windlass.tasks.completion import milestone_done, ref_moved
from windlass.tasks.perform import perform

CADENCE = {
    "cadence": {
        "every": "2 weeks",
        "on": ["tue"],
        "at": "10:00",
        "zone": "UTC",
        "anchor": "2026-03-10",
    }
}


async def test_a_branch_that_moves_is_another_completion(world: World) -> None:
    source = world.ports(world.product).get("source_control")
    assert await ref_moved(source, "ready") is None
    world.repository().git("branch", "ready")
    first = await ref_moved(source, "ready")
    world.repository().commit("feat: more")
    world.repository().git("branch", "--force", "ready")
    second = await ref_moved(source, "ready")
    assert first is not None
    assert second is not None
    assert first.marker != second.marker


async def test_one_issue_that_is_open_and_nothing_planned_are_not_complete(world: World) -> None:
    tracker = world.ports(world.product).get("tracker")
    assert await milestone_done(tracker, "next") is None
    world.issue("SHOP-15", "Soon", version="next")
    assert await milestone_done(tracker, "next") is not None
    world.issue("SHOP-16", "Later", version="next", status="open")
    assert await milestone_done(tracker, "next") is None


@pytest.mark.parametrize(
    "now,day_0",
    [
        ("2026-03-02T08:00", "2026-03-10T10:00"),  # before the cut-off of three working days
        ("2026-03-06T08:00", "2026-03-24T10:00"),  # that scope is locked: it is for the next one
    ],
)
def test_it_is_for_the_cadences_own_next_day_0_so_that_both_make_one_release(
    make: Any, now: str, day_0: str
) -> None:
    product = make(CADENCE).product
    at, expected = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (now, day_0))
    assert day_0_after_completion(product, "minor", at) == expected


def test_without_a_cadence_production_follows_when_ready(world: World) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert day_0_after_completion(world.product, "minor", now) is None


@pytest.mark.parametrize("first,second", [("cadence", "ready"), ("ready", "cadence")])
async def test_cadence_and_completion_make_one_release_whichever_comes_first(
    make: Any, first: str, second: str
) -> None:
    world = make(CADENCE)
    day_0 = day_0_after_completion(world.product, "minor", world.clock.now())
    rows = ("planning.open", "execution.production.window")
    one = world.open(rows=rows, run="one", day_0=day_0, reason=first)
    await perform(one, "planning.open")
    world.clock.pass_(3600)
    two = world.open(rows=rows, run="two", day_0=day_0, reason=second)
    await perform(two, "planning.open")
    assert one.view.ending is None
    assert two.view.ending is not None
    assert two.view.ending["outcome"] == "superseded"
    later = world.open(rows=rows, run="three", day_0=day_0 + timedelta(days=14), reason=second)
    await perform(later, "planning.open")
    assert later.view.ending is None
