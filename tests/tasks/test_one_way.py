"""A migration that cannot be undone: behind it the release goes forward, whatever dies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.after import MONITOR, THERE, evidence, go, messages
from tests.tasks.fakes import Outcome
from tests.tasks.world import Make, World
from windlass.board.release_page import release_page
from windlass.board.snapshot import folded, snapshot
from windlass.decisions.rollout_state import MoveKind
from windlass.errors import TerminalError
from windlass.ledger.chain import Verification
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.execution.judging import next_move
from windlass.tasks.execution.rolling import rollout_of
from windlass.tasks.follow_up.reporting import report_of
from windlass.tasks.guarding import FINISHED
from windlass.tasks.looking_after import look_after
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Wait
from windlass.tasks.verbs import abort

STAGING, EU, US = "staging", "production/eu", "production/us"
MIGRATE, MIGRATE_US = "execution.production.eu.migrate", "execution.production.us.migrate"
STEP, JUDGE = "execution.production.eu.step_10", "execution.production.eu.judge_10"
SEAT = "validation.readiness.approval"
SETTLE, END = "execution.settle", "release.end"
ROWS = (*THERE, "execution.environment.deploy", "execution.production.migrate")
ONE_WAY: dict[str, Any] = {"rollout": {"migrations": {"undo": "none", "down": None}}}


class Killed(BaseException):
    """The worker's process is gone: nothing after this runs in it."""


@pytest.fixture
def world(make: Make) -> World:
    """A world whose next release brings a migration that cannot be undone."""
    world = make({**ONE_WAY, "release_types": {"minor": {"follow_up": {"monitor": "10 min"}}}})
    world.repository().commit("feat: notes in a table (SHOP-12)", "migrations/0002.sql")
    return world


def opened(world: World, *rows: str) -> Release:
    return world.open(rows=(*ROWS, *rows), day_0=None)


async def at_ten_percent(world: World, *rows: str) -> Release:
    release = opened(world, *rows)
    assert isinstance(await go(world, release, STEP), Done)
    return release


def shares(world: World, target: str) -> dict[str, float]:
    return {v: share for v, share in world.deployments.state(target).shares.items() if share}


def blocked(world: World) -> list[str]:
    return [str(e.data["version"]) for e in world.ledger.select(("version.blocked",))]


async def test_an_irreversible_migration_rolls_forward_and_says_so(world: World) -> None:
    world.metrics.errors["1.4.0"] = 0.3
    release = await at_ten_percent(world)
    judged = await go(world, release, JUDGE)
    assert isinstance(judged, Fail)
    verdict, move = next_move(release, release.view.looks[JUDGE], EU)
    assert (verdict.decision, move.kind) == ("rollback", MoveKind.ROLL_FORWARD)
    assert move.reasons[-1] == "production/eu has no way back"
    assert shares(world, EU) == {"1.3.0": 90.0, "1.4.0": 10.0}  # nobody hurries to spread it
    assert shares(world, STAGING) == {"1.3.0": 100.0}
    assert not blocked(world)

    settled = await go(world, release, SETTLE)
    assert isinstance(settled, Done)
    assert settled.evidence["rolled_forward"] == [EU]
    assert shares(world, EU) == {"1.4.0": 100.0}
    assert shares(world, US) == {"1.3.0": 100.0}
    assert release.view.promoted == {EU: "1.4.0"}
    assert blocked(world) == ["1.4.0"]
    assert not world.ledger.claims.all()

    ended = await go(world, release, END)
    assert isinstance(ended, Fail)
    assert release.view.outcome == "rolled forward"
    assert "production/eu had no way back and serves 1.4.0" in ended.reasons[0]
    assert world.ledger.verify(release.id).ok


async def test_the_report_and_the_board_say_that_there_is_no_way_back(world: World) -> None:
    release = await at_ten_percent(world)
    assert page_states(world, release)[EU] == "serves 1.4.0: no way back"
    await abort(release, by="ops", reason="customers call")
    await go(world, release, SETTLE)
    assert page_states(world, release)[EU] == "no way back: rolled forward to 1.4.0"
    report = report_of(release, "rolled forward", "why")
    told = [moment.text for moment in report.timeline]
    assert "production/eu: no way back from here: a migration that cannot be undone" in told
    assert "production/eu had no way back: all of it is on 1.4.0" in told
    (eu,) = [line for line in report.charts.exposure if line.target == EU]
    assert [share for _, share in eu.points] == [0.0, 10.0, 100.0, 100.0]


def page_states(world: World, release: Release) -> dict[str, str]:
    events = world.ledger.events(release.id)
    known = folded(release.id, events)
    assert known is not None
    shot = snapshot(known, world.ledger, clock=world.clock.now)
    chain = world.ledger.verify(release.id)
    assert isinstance(chain, Verification)
    page = release_page(shot, events, user="ops", chain=chain, may_change=False)
    return {target.name: target.state for target in page.rollout.targets}


async def test_what_is_planned_says_where_the_way_back_ends_and_adds_a_seat(world: World) -> None:
    release = opened(world, "planning.automation", "planning.rollback", SEAT)
    rollout = evidence(await go(world, release, "planning.automation"))["rollout"]
    after = {each["target"]: each["no_way_back_after"] for each in rollout}
    assert after == {STAGING: None, EU: MIGRATE, US: MIGRATE_US}
    plan = evidence(await go(world, release, "planning.rollback"))["rollback"]
    assert "there is no way back where users have met it" in plan
    known = evidence(await go(world, release, "execution.open"))
    assert known["no_way_back_after"] == [MIGRATE, MIGRATE_US]
    (added,) = [t for t in release.plan.tasks if t.args.get("only_if") == "no_way_back"]
    assert does_not_apply(release, added) is None


async def test_without_a_migration_in_it_the_release_needs_no_such_seat(make: Make) -> None:
    world = make(ONE_WAY)
    release = world.open(rows=(*ROWS, SEAT), day_0=None)
    await go(world, release, "validation.cut")
    (added,) = [t for t in release.plan.tasks if t.args.get("only_if") == "no_way_back"]
    assert does_not_apply(release, added) == "every step can be undone"
    assert "no_way_back_after" not in evidence(await go(world, release, "execution.open"))


async def test_a_worker_that_dies_before_the_migration_leaves_the_fact(world: World) -> None:
    """Before anything happened it is written that nothing can be undone; users met nothing."""
    release = opened(world)

    def killed(*_: object, **__: object) -> Any:
        raise Killed

    world.backups.create = killed  # type: ignore[method-assign] # the worker dies in the backup
    with pytest.raises(Killed):
        await go(world, release, MIGRATE)
    assert EU in world.take_up(release.id).view.one_way
    assert not world.pipelines.ran("migrate up")
    after = world.take_up(release.id)
    await abort(after, by="ops", reason="enough")
    settled = await go(world, after, SETTLE)
    assert isinstance(settled, Done)
    assert shares(world, EU) == {"1.3.0": 100.0}
    assert settled.evidence["migrated_for_good"] == [EU]


async def test_a_migration_whose_worker_died_is_waited_for_before_the_target_is_free(
    world: World,
) -> None:
    release = opened(world)
    world.pipelines.outcomes["migrate up"] = Outcome(polls=3)

    def killed(request: object) -> None:
        raise Killed

    await go(world, release, "validation.candidate")
    await go(world, release, "execution.open")
    world.pipelines.on_start = killed
    release.ledger.claims.take(f"shop/{EU}", release.id, at=world.clock.now(), lease=900)
    with pytest.raises(Killed):
        await go(world, release, MIGRATE)
    after = world.take_up(release.id)
    after.token = world.ledger.bump_token(release.id)
    await abort(after, by="ops", reason="enough")
    waited = []
    while isinstance(result := await perform(after, SETTLE), Wait):
        assert world.ledger.claims.all()
        waited.append(result.reason)
        world.clock.pass_(600 if result.until else result.every)
    assert isinstance(result, Done)
    assert waited[0] == "a call that was under way may still land; looks again then"
    assert waited[-1] == f"{MIGRATE} still runs"
    assert not world.ledger.claims.all()
    assert shares(world, EU) == {"1.3.0": 100.0}


async def test_a_migration_that_never_ends_is_said_and_keeps_only_its_own_target(
    world: World,
) -> None:
    release = opened(world)
    world.pipelines.outcomes["migrate up"] = Outcome(polls=10**9)
    await go(world, release, "execution.staging.deploy")
    for target in (STAGING, EU):
        name = f"shop/{target}"
        release.ledger.claims.take(name, release.id, at=world.clock.now(), lease=900)
    assert isinstance(await perform(release, MIGRATE), Wait)
    await abort(release, by="ops", reason="enough")
    waits = await perform(release, SETTLE)
    assert isinstance(waits, Wait)
    assert shares(world, STAGING) == {"1.3.0": 100.0}  # nobody waits with what can go back
    assert waits.until == world.clock.at + timedelta(hours=1)
    world.clock.pass_(3599)
    assert isinstance(await perform(release, SETTLE), Wait)
    world.clock.pass_(1)
    settled = await perform(release, SETTLE)
    assert isinstance(settled, Done)
    assert settled.evidence["still_migrating"] == {EU: f"{MIGRATE} still runs"}
    assert [claim.target for claim in world.ledger.claims.all()] == [f"shop/{EU}"]
    assert [s for s in messages(world) if "a migration of production/eu does not end" in s]
    await go(world, release, END)
    assert release.view.outcome == "failed"

    watchdog = world.take_up(release.id)
    minute = timedelta(minutes=1)
    assert "still runs" in str(await look_after(watchdog, run=FINISHED, patience=minute))
    assert world.ledger.claims.all()
    world.pipelines.left = dict.fromkeys(world.pipelines.left, 0)
    assert "done" in str(await look_after(watchdog, run=FINISHED, patience=minute))
    assert not world.ledger.claims.all()
    assert await look_after(watchdog, run=FINISHED, patience=minute) is None


@pytest.mark.parametrize("before_the_call", [True, False])
async def test_settle_that_dies_on_the_way_forward_is_taken_up_and_goes_on(
    world: World, before_the_call: bool
) -> None:
    release = await at_ten_percent(world)
    await abort(release, by="ops", reason="customers call")

    def killed() -> None:
        raise Killed

    hook = "before_change" if before_the_call else "after_change"
    setattr(world.deployments, hook, killed)
    with pytest.raises(Killed):
        await perform(release, SETTLE)
    setattr(world.deployments, hook, lambda: None)
    after = world.take_up(release.id)
    after.token = world.ledger.bump_token(release.id)
    settled = await go(world, after, SETTLE)
    assert isinstance(settled, Done)
    assert shares(world, EU) == {"1.4.0": 100.0}
    assert len(world.events(after, "forward.done")) == 1
    assert after.view.promoted == {EU: "1.4.0"}
    assert rollout_of(after).region(EU).done


async def test_a_first_step_that_never_came_about_leaves_the_old_version(world: World) -> None:
    release = opened(world)
    await go(world, release, MIGRATE)

    def refused() -> None:
        if world.deployments.calls[-1][:2] == ("expose", EU):
            raise TerminalError("no such image")

    world.deployments.before_change = refused
    assert isinstance(await go(world, release, STEP), Fail)
    world.deployments.before_change = lambda: None
    assert isinstance(await go(world, release, SETTLE), Done)
    assert shares(world, EU) == {"1.3.0": 100.0}
    assert release.view.promoted == {}
    await go(world, release, END)
    assert release.view.outcome == "rolled back"
    assert not release.view.forward


async def test_a_version_that_a_person_blocks_goes_forward_only_once_it_is_lifted(
    world: World,
) -> None:
    release = await at_ten_percent(world)
    other, at = "shop.rollback/by-hand", world.clock.now()
    world.ledger.append(other, "release.opened", {"product": "shop"}, at=at)
    data = {"product": "shop", "version": "1.4.0"}
    world.ledger.append(other, "version.blocked", {**data, "reason": "leaks"}, at=at)
    world.reply(JUDGE, "roll back", "ops", reason="it leaks")
    assert isinstance(await go(world, release, JUDGE), Fail)
    stuck = await go(world, release, SETTLE)
    assert isinstance(stuck, Fail)
    assert "production/eu has no way back, and 1.4.0 is blocked" in stuck.reasons[0]
    assert "windlass lift shop 1.4.0" in stuck.reasons[0]
    assert f"shop/{EU}" in {claim.target for claim in world.ledger.claims.all()}
    world.ledger.append(other, "version.lifted", data, at=at)
    assert isinstance(await go(world, release, SETTLE), Done)
    assert shares(world, EU) == {"1.4.0": 100.0}


async def test_a_regression_afterwards_is_for_people_and_never_taken_back(world: World) -> None:
    release = world.open(rows=(*ROWS, MONITOR), day_0=None, regions=("eu",))
    for task in release.plan.tasks:
        if task.phase == "execution":
            await go(world, release, task.id)
    assert release.view.promoted[EU] == "1.4.0"
    world.metrics.errors["1.4.0"] = 0.3
    assert isinstance(await go(world, release, MONITOR), Done)
    assert world.exposed("1.4.0") == 100
    written = [p.read_text() for p in (world.root / "incidents").rglob("*") if p.is_file()]
    assert "there is no way back; only a fix helps" in "\n".join(written)


async def test_nobody_goes_back_by_hand_over_data_that_was_migrated_for_good(
    world: World,
) -> None:
    release = world.open(rows=ROWS, day_0=None, regions=("eu",))
    for task in release.plan.tasks:
        if task.phase == "execution":
            await go(world, release, task.id)
    back = world.open("rollback", run="by-hand", day_0=None, reason="rollback", by="ops")
    refused = await go(world, back, "execution.production.eu.retract")
    assert isinstance(refused, Fail)
    assert "1.4.0 migrated the data for good: there is no way back to 1.3.0" in refused.reasons[0]
    assert "shop.emergency" in refused.reasons[0]
    assert world.exposed("1.4.0") == 100


async def test_a_rollback_over_a_release_at_ten_percent_finds_that_it_only_goes_forward(
    world: World,
) -> None:
    await at_ten_percent(world)
    back = world.open("rollback", run="by-hand", day_0=None, reason="rollback", by="ops")
    refused = await go(world, back, "execution.production.eu.retract")
    assert isinstance(refused, Fail)
    assert "there is no way back to 1.3.0" in refused.reasons[0]
    assert shares(world, EU) == {"1.4.0": 100.0}
