"""Two releases of one product want one environment: every cell of the table, on the runner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.meeting_world import (
    EU,
    LAST_STEP,
    RETRACT,
    ROWS,
    SETTLE,
    STEP,
    TYPES,
    WINDOW,
    entry,
    holder,
    holding,
    ready,
)
from tests.tasks.world import DAY_0, Clock, World
from windlass.errors import StaleToken
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.exposing import LEASE, claim, expose, live
from windlass.tasks.guarding import GONE
from windlass.tasks.looking_after import look_after
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Skip, Wait

#: Rows arrive, columns hold: as in WORKFLOW and ``decisions.two_releases``.
TABLE = {
    "major": ("waits", "waits", "waits", "waits", "waits"),
    "minor": ("waits", "waits", "waits", "waits", "waits"),
    "patch": ("waits", "waits", "waits", "waits", "waits"),
    "emergency": ("preempts", "preempts", "preempts", "waits", "waits"),
    "rollback": ("preempts", "preempts", "preempts", "preempts", "waits"),
}
CELLS = [
    (arrives, held, TABLE[arrives][place]) for arrives in TYPES for place, held in enumerate(TYPES)
]


@pytest.fixture
def two(make: Any) -> World:
    """1.2.0 was live before 1.3.0, so that there is something to go back to."""
    world: World = make({"depends_on": None})
    older = world.artifact("1.2.0")
    known = {"version": "1.2.0", "location": older.location, "digest": older.digest}
    stream = "shop.minor/earlier-1.2.0"
    before = world.clock.now().replace(year=2025)
    world.ledger.append(stream, "release.opened", {"product": "shop"}, at=before)
    data = {"product": "shop", "target": EU, "version": "1.2.0", "sha": "0", "artifact": known}
    world.ledger.append(stream, "version.promoted", data, at=before)
    return world


@pytest.mark.parametrize("arrives, held, what", CELLS, ids=[f"{a}-over-{h}" for a, h, _ in CELLS])
async def test_who_goes_first_where_nothing_is_exposed_yet(
    two: World, arrives: str, held: str, what: str
) -> None:
    first = await holding(two, held)
    second = ready(two, arrives, "newcomer", "1.3.1", to_version=None)
    result = await perform(second, entry(arrives))
    if what == "waits":
        assert isinstance(result, Wait)
        assert first.id in result.reason
        assert holder(two) == first.id
        assert not two.events(first, "release.preempted")
        return
    assert isinstance(result, Done)
    assert holder(two) == second.id
    (event,) = two.events(first, "release.preempted")
    assert event["by"] == second.id
    assert two.take_up(first.id).view.over is None


@pytest.mark.parametrize("kind", TYPES)
async def test_the_same_release_asked_for_twice_is_one(two: World, kind: str) -> None:
    """¹ ² of the table: same type and same Day 0, incident, or version to go back to."""
    same: dict[str, Any] = {
        "emergency": {"incident": "INC-7"},
        "rollback": {"to_version": "1.2.0"},
    }.get(kind, {"day_0": DAY_0})
    first = ready(two, kind, "holder", "1.4.0", **same)
    await claim(first, EU)
    two.clock.pass_(1)
    if kind not in ("emergency", "rollback"):
        two.clock.at = DAY_0
    second = ready(two, kind, "newcomer", "1.4.0", **same)
    result = await perform(second, entry(kind))
    assert isinstance(result, Wait | Skip)
    assert second.view.ending is not None
    assert second.view.ending["outcome"] == "superseded"
    assert second.view.ending["superseded_by"] == first.id
    assert holder(two) == first.id
    assert two.take_up(first.id).view.over is None
    await two.run(second)
    assert second.view.outcome == "superseded"


ORDINARY = ("major", "minor", "patch")


@pytest.mark.parametrize(
    "arrives, held",
    [
        *(("emergency", held) for held in ORDINARY),
        *(("rollback", held) for held in (*ORDINARY, "emergency")),
    ],
)
async def test_what_users_see_is_put_back_before_the_more_urgent_one_goes(
    two: World, arrives: str, held: str
) -> None:
    first = await holding(two, held)
    assert isinstance(await two.do(first, STEP), Done)
    assert two.exposed("1.4.0") == 10
    second = ready(two, arrives, "newcomer", "1.3.1", to_version=None)
    assert isinstance(await two.do(second, entry(arrives)), Done)
    assert two.exposed("1.4.0") == 0
    assert holder(two) == second.id
    settled = two.take_up(first.id)
    assert settled.view.over is not None
    assert settled.view.over.startswith("this release is rolled back: preempted by")
    # who gives way is not to blame; who is taken back by a rollback is
    assert ("1.4.0" in live(settled).blocked) == (arrives == "rollback")
    assert isinstance(await perform(settled, LAST_STEP), Skip)
    await two.run(settled)
    assert settled.view.outcome == "rolled back"


async def test_a_rollback_over_a_release_at_ten_percent_goes_back_to_what_users_had(
    two: World,
) -> None:
    """Putting that release back is the rollback: what was good before stays good."""
    first = await holding(two, "minor")
    await two.do(first, STEP)
    second = ready(two, "rollback", "newcomer", "", to_version=None)
    result = await two.do(second, RETRACT)
    assert isinstance(result, Done)
    assert result.evidence == {"back_to": "1.3.0", "from": "1.4.0"}
    assert two.deployments.state(EU).shares == {"1.3.0": 100.0}
    assert list(live(second).blocked) == ["1.4.0"]


async def test_a_second_fix_for_one_incident_is_a_release_once_the_first_only_watches(
    two: World,
) -> None:
    first = await holding(two, "emergency", incident="INC-7")
    for task in (STEP, LAST_STEP, SETTLE):
        await two.do(first, task)
    two.clock.pass_(60)
    second = ready(two, "emergency", "newcomer", "1.4.1", incident="INC-7")
    await perform(second, "planning.open")
    assert second.view.over is None
    assert isinstance(await two.do(second, WINDOW), Done)


async def test_a_settling_release_is_never_interrupted(two: World) -> None:
    first = await holding(two, "minor")
    await two.do(first, STEP)
    first.record("exposure.closed", key="closed", reason="the judge refused it")
    second = ready(two, "emergency", "newcomer", "1.3.1")
    result = await perform(second, WINDOW)
    assert isinstance(result, Wait)
    assert "never interrupted" in result.reason
    await two.do(first, SETTLE)
    assert isinstance(await two.do(second, WINDOW), Done)


async def test_a_release_that_only_watches_is_in_nobody_s_way(two: World) -> None:
    first = await holding(two, "minor")
    for task in (STEP, LAST_STEP, SETTLE):
        await two.do(first, task)
    second = ready(two, "minor", "newcomer", "1.5.0")
    assert isinstance(await perform(second, WINDOW), Done)


async def test_the_victim_gives_way_by_itself_when_the_other_died_after_asking(two: World) -> None:
    first = await holding(two, "minor")
    await two.do(first, STEP)
    second = ready(two, "emergency", "newcomer", "1.3.1")
    two.ledger.claims.preempt(f"shop/{EU}", second.id, two.clock.now(), "an emergency")
    first = two.take_up(first.id)
    await perform(first, LAST_STEP)
    assert two.exposed("1.4.0") == 0
    assert holder(two) == second.id
    assert two.take_up(first.id).view.closed is not None


async def test_a_held_release_goes_on_after_the_emergency_and_goes_back_to_its_version(
    two: World,
) -> None:
    first = await holding(two, "minor")
    second = ready(two, "emergency", "newcomer", "1.3.1")
    await two.do(second, WINDOW)
    first = two.take_up(first.id)
    waits = await perform(first, STEP)
    assert isinstance(waits, Wait)
    assert second.id in waits.reason
    for task in (STEP, LAST_STEP, SETTLE):
        await two.do(second, task)
    assert two.deployments.state(EU).stable == "1.3.1"
    assert isinstance(await two.do(first, STEP), Done)
    first.record("exposure.closed", key="closed", reason="the judge refused it")
    await two.do(first, SETTLE)
    assert two.deployments.state(EU).stable == "1.3.1"


class Interrupted(Clock):
    """A clock under which something else happens, once, while somebody sleeps."""

    then: Callable[[], Awaitable[None]] | None = None

    async def sleep(self, seconds: float) -> None:
        then, self.then = self.then, None
        if then is not None:
            await then()
        await super().sleep(seconds)


async def test_an_emergency_goes_through_while_a_minor_is_at_ten_percent(two: World) -> None:
    """Two whole runs: the minor is put back and ends, the emergency is promoted."""
    clock = Interrupted(two.clock.at)
    rows = (*ROWS, "execution.production.judge", "execution.watch")
    first = ready(two, "minor", "holder", "1.4.0", rows=rows)
    second = ready(two, "emergency", "newcomer", "1.3.1", rows=rows)
    for world_part in (two, two.deployments, two.metrics):
        world_part.clock = clock
    first.now = second.now = clock.now

    async def emergency() -> None:
        await two.run(second)

    def watcher(task: PlannedTask, result: object) -> None:
        if task.id == STEP and first.view.record(STEP) and not second.view.record(STEP):
            clock.then = emergency

    two.watcher = watcher
    await two.run(first)
    assert second.view.outcome == "released"
    assert first.view.outcome == "rolled back"
    assert two.deployments.state(EU).shares == {"1.3.1": 100.0}
    assert not two.ledger.claims.all()


async def test_late_writes_of_the_victim_are_refused(two: World) -> None:
    first = await holding(two, "minor")
    second = ready(two, "emergency", "newcomer", "1.3.1")
    await two.do(second, WINDOW)
    with pytest.raises(StaleToken):
        first.record("evidence", task=STEP, note="written by a worker that slept")


async def test_a_call_of_the_victim_that_may_still_land_is_waited_for(two: World) -> None:
    first = await holding(two, "minor")
    await two.do(first, STEP)
    two.deployments.before_change = _die
    with pytest.raises(KeyboardInterrupt):
        await perform(first, LAST_STEP)
    two.deployments.before_change = lambda: None
    second = ready(two, "emergency", "newcomer", "1.3.1")
    assert isinstance(await perform(second, WINDOW), Wait)
    before = two.clock.at
    assert isinstance(await two.do(second, WINDOW), Done)
    assert (two.clock.at - before).total_seconds() > 10
    assert two.exposed("1.4.0") == 0


async def test_a_holder_that_died_is_settled_by_the_watchdog_before_its_lock_is_freed(
    two: World,
) -> None:
    """An ordinary release takes nothing over: it waits until the watchdog has put eu right."""
    first = await holding(two, "minor")
    await two.do(first, STEP)
    second = ready(two, "patch", "newcomer", "1.3.1")
    late, watchdog = first, two.take_up(first.id)
    two.clock.pass_(LEASE + 1)
    assert [claim.stream for claim in two.ledger.claims.suspect(two.clock.now())] == [first.id]
    waits = await perform(second, WINDOW)
    assert isinstance(waits, Wait)
    assert first.id in waits.reason
    assert two.exposed("1.4.0") == 10
    acted = await look_after(watchdog, run=GONE, patience=timedelta(minutes=1))
    assert acted is not None
    assert two.deployments.state(EU).shares == {"1.3.0": 100.0}
    assert isinstance(await two.do(second, WINDOW), Done)
    with pytest.raises(StaleToken):
        late.record("evidence", task=STEP, note="the worker wakes up")
    calls = list(two.deployments.calls)
    with pytest.raises(StaleToken):
        await expose(late, late.plan.task(LAST_STEP), EU, two.artifact("1.4.0"), 100.0)
    assert two.deployments.calls == calls
    assert holder(two) == second.id


def _die() -> None:
    raise KeyboardInterrupt


async def test_staging_is_put_back_for_an_emergency_and_taken_again(make: Any) -> None:
    """An environment users do not see: put back, waited for, and done again."""
    world: World = make({"depends_on": None})
    rows = ("validation.cut", "validation.candidate", "validation.quality.regression")
    first = world.open("minor", rows=rows, day_0=None)
    await world.do(first, "validation.candidate")
    assert world.deployments.state("staging").stable == "1.4.0"
    suite = "validation.quality.regression"
    world.pipelines.outcomes["make regression"].polls = 10**6
    await perform(first, suite)
    second = staged(world)
    deploy = "execution.staging.deploy"
    assert isinstance(await world.do(second, deploy), Done)
    assert world.deployments.state("staging").stable == "1.3.1"
    first = world.take_up(first.id)
    assert first.view.over is None
    waits = await perform(first, suite)
    assert isinstance(waits, Wait)
    assert second.id in waits.reason
    world.pipelines.outcomes["make regression"].polls = 1
    await world.do(second, SETTLE)
    assert isinstance(await world.do(first, suite), Done)
    assert world.deployments.state("staging").stable == "1.4.0"
    assert len(world.pipelines.ran("make regression")) == 2


async def test_a_cancelled_victim_does_not_touch_what_it_gave_up(make: Any) -> None:
    world: World = make({"depends_on": None})
    first = world.open("minor", rows=("validation.cut", "validation.candidate"), day_0=None)
    await world.do(first, "validation.candidate")
    second = staged(world)
    await world.do(second, "execution.staging.deploy")
    first = world.take_up(first.id)
    first.record("release.cancelled", key="ending", by="mia", reason="another day")
    await world.do(first, SETTLE)
    assert world.deployments.state("staging").stable == "1.3.1"


def staged(world: World) -> Release:
    """An emergency that is about to go to staging."""
    rows = ("execution.open", "execution.environment.deploy")
    return ready(world, "emergency", "newcomer", "1.3.1", rows=rows)


async def test_two_releases_opened_for_the_same_day_are_one_from_the_start(world: World) -> None:
    """The cadence and the end of development both start one: one release, not two."""
    first = world.open("minor", run="by-cadence")
    world.clock.pass_(60)
    second = world.open("minor", run="by-asset")
    await perform(second, "planning.open")
    assert second.view.over is not None
    assert second.view.ending is not None
    assert second.view.ending["superseded_by"] == first.id
    await perform(first, "planning.open")
    assert first.view.over is None
    await world.run(second)
    assert second.view.outcome == "superseded"


async def test_two_releases_of_different_days_are_two(world: World) -> None:
    world.open("minor", run="this-week")
    world.clock.pass_(60)
    later = DAY_0.replace(day=24)
    second = world.open("minor", run="in-two-weeks", day_0=later)
    await perform(second, "planning.open")
    assert second.view.over is None


async def test_an_emergency_plans_and_opens_while_a_minor_is_in_production(two: World) -> None:
    """What the other release has put there is no drift; what nobody knows still is."""
    first = await holding(two, "minor")
    await two.do(first, LAST_STEP)
    assert two.deployments.state(EU).stable == "1.4.0"
    rows = ("planning.environments", "validation.cut", "validation.candidate", "execution.open")
    second = two.open("emergency", rows=rows, run="newcomer", day_0=None, reason="fix")
    place = "planning.environments.production"
    two.deployments.put("production/us", two.artifact("9.9.9"))
    strange = await perform(second, place)
    assert isinstance(strange, Ask)
    assert "serves 9.9.9, the ledger says 1.3.0" in " ".join(strange.question.facts["reasons"])
    two.deployments.put("production/us", two.artifact("1.3.0"))
    two.reply(place, "run again", "ops", kind="red_check")
    assert isinstance(await two.do(second, place), Done)
    two.reply("validation.cut", "fixes only, because…", "mia", reason="the rest is hidden")
    opened = await two.do(second, "execution.open")
    assert isinstance(opened, Done)
    assert opened.evidence["live_before"] == {EU: "1.3.0", "production/us": "1.3.0"}
