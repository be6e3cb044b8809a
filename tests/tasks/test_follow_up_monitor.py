"""The watch after release: it sees regressions, goes back in time, and knows when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.tasks.after import MONITOR, QUICK, Airflow, go, messages, released
from tests.tasks.world import World
from windlass.plan.inputs import parse_inputs
from windlass.tasks.exposing import live
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Wait

Make = Callable[..., World]


@pytest.fixture
def quick(make: Make) -> World:
    return make(QUICK)


async def look(world: World, release: Release, times: int = 1) -> Any:
    """Perform the monitor once a minute."""
    for _ in range(times - 1):
        assert isinstance(await perform(release, MONITOR), Wait)
        world.clock.pass_(60)
    return await perform(release, MONITOR)


async def test_a_good_version_is_watched_for_all_of_its_time(quick: World) -> None:
    release = await released(quick, MONITOR)
    first = await look(quick, release)
    assert isinstance(first, Wait)
    assert first.every == 60.0
    before = quick.clock.at
    result = await go(quick, release, MONITOR)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "no regression"
    assert result.evidence["watched"]["production/eu"]["looks"] >= 10
    assert quick.clock.at - before >= timedelta(minutes=9)


async def test_a_regression_inside_the_rollback_window_goes_back_here_without_airflow(
    quick: World,
) -> None:
    release = await released(quick, MONITOR)
    await look(quick, release, 3)
    quick.metrics.errors["1.4.0"] = 0.3
    result = await look_until_over(quick, release)
    assert isinstance(result, Fail)
    assert result.reasons[0].startswith("rolled back: production/eu: errors")
    assert quick.deployments.state("production/eu").shares == {"1.3.0": 100.0}
    view = live(release)
    assert view.on("production/eu").version == "1.3.0"
    assert "1.4.0" in view.blocked
    assert [claim.target for claim in quick.ledger.claims.all()] == []


async def look_until_over(world: World, release: Release) -> Any:
    for _ in range(40):
        result = await perform(release, MONITOR)
        if not isinstance(result, Wait):
            return result
        world.clock.pass_(60)
    raise AssertionError("it waits for ever")


async def look_until_it_goes_back(world: World, release: Release) -> Wait:
    """Look once a minute until the rollback is asked for; what the monitor waits for then."""
    for _ in range(40):
        result = await perform(release, MONITOR)
        assert isinstance(result, Wait), result
        if "goes back" in result.reason:
            return result
        world.clock.pass_(60)
    raise AssertionError("the regression is not found")


async def test_with_airflow_the_rollback_is_one_run_of_its_own(quick: World) -> None:
    release = await released(quick, MONITOR)
    airflow = release.starter = Airflow()
    await look(quick, release, 2)
    quick.metrics.errors["1.4.0"] = 0.3
    waits = await look_until_it_goes_back(quick, release)
    assert waits.reason == "shop.rollback/rollback__run-1 goes back"
    assert list(airflow.runs) == [("shop.rollback", "rollback__run-1")]
    conf = airflow.runs["shop.rollback", "rollback__run-1"]
    assert (conf["regions"], conf["from_version"]) == (["eu"], "1.4.0")
    assert parse_inputs({**conf, "regions": ["eu"]}, by="windlass").reason == "rollback"
    assert quick.deployments.state("production/eu").shares == {"1.4.0": 100.0}
    assert release.view.closed is None, "nothing is taken back yet"


async def test_a_rollback_that_airflow_started_before_a_crash_is_not_started_again(
    quick: World,
) -> None:
    release = await released(quick, MONITOR)
    airflow = release.starter = Airflow()
    airflow.runs["shop.rollback", "rollback__run-1"] = {}
    await look(quick, release, 2)
    quick.metrics.errors["1.4.0"] = 0.3
    waits = await look_until_it_goes_back(quick, release)
    assert waits.reason == "shop.rollback/rollback__run-1 goes back"
    assert airflow.started == 0


async def test_when_airflow_does_not_answer_the_monitor_goes_back_itself(quick: World) -> None:
    release = await released(quick, MONITOR)
    airflow = release.starter = Airflow()
    airflow.down = True
    await look(quick, release, 2)
    quick.metrics.errors["1.4.0"] = 0.3
    assert isinstance(await look_until_over(quick, release), Fail)
    assert quick.deployments.state("production/eu").shares == {"1.3.0": 100.0}


async def test_after_the_rollback_window_a_regression_becomes_an_incident(make: Make) -> None:
    world = make({**QUICK, "rollback_window": "1 min"})
    release = await released(world, MONITOR)
    await look(world, release, 3)
    world.metrics.errors["1.4.0"] = 0.3
    result = await look_until_over(world, release)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "regressed"
    assert result.evidence["incident"] == "INC-1"
    assert world.deployments.state("production/eu").shares == {"1.4.0": 100.0}
    assert any("INC-1" in subject for subject in messages(world))


async def test_without_an_incident_desk_a_late_regression_asks_people(make: Make) -> None:
    world = make({**QUICK, "rollback_window": "1 min", "vendors": {"incidents": None}})
    release = await released(world, MONITOR)
    await look(world, release, 3)
    world.metrics.errors["1.4.0"] = 0.3
    result = await look_until_over(world, release)
    assert isinstance(result, Ask)
    assert "people decide" in " ".join(result.question.facts["reasons"])


async def test_a_version_that_was_replaced_is_no_longer_watched(quick: World) -> None:
    release = await released(quick, MONITOR)
    await look(quick, release)
    promote(quick, "1.4.1")
    result = await perform(release, MONITOR)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "superseded by 1.4.1"


async def test_a_rollback_by_somebody_else_ends_the_watch_as_rolled_back(quick: World) -> None:
    release = await released(quick, MONITOR)
    await look(quick, release)
    promote(quick, "1.3.0")
    data = {"product": "shop", "version": "1.4.0", "reason": "too slow"}
    quick.ledger.append(OTHER, "version.blocked", data, at=quick.clock.at)
    result = await perform(release, MONITOR)
    assert isinstance(result, Fail)
    assert release.view.over == "this release is rolled back: too slow"


OTHER = "shop.patch/other"


def promote(world: World, version: str) -> None:
    """Another release of the shop put ``version`` on eu."""
    opened = {"product": "shop", "release_type": "patch"}
    world.ledger.append(OTHER, "release.opened", opened, key="opened", at=world.clock.at)
    data = {"product": "shop", "target": "production/eu", "version": version}
    world.ledger.append(OTHER, "version.promoted", data, at=world.clock.at)


async def test_days_without_data_are_no_proof_that_all_is_well(quick: World) -> None:
    release = await released(quick, MONITOR)
    quick.metrics.silent.add("production/eu")
    result = await look_until_over(quick, release)
    assert isinstance(result, Ask)
    assert result.question.facts["outcome"] in ("NO_DATA", "ERROR")
    quick.metrics.silent.clear()
    quick.reply(MONITOR, "run again", "ops")
    after = await go(quick, release, MONITOR)
    assert isinstance(after, Done)
    assert after.evidence["verdict"] == "no regression"


async def test_a_baseline_without_a_single_error_leaves_no_number_that_json_cannot_hold(
    quick: World,
) -> None:
    quick.metrics.errors.update({"1.3.0": 0.0, "1.4.0": 0.0001})
    release = await released(quick, MONITOR)
    for verdict in release.view.verdicts.values():
        assert verdict["figures"]["errors"]["ratio"] is None
    assert isinstance(await go(quick, release, MONITOR), Done)


THREE_DAYS = {"monitor": "3 days", "interval": "12 h"}
THURSDAY = datetime(2026, 3, 12, 10, tzinfo=UTC)


async def watching(make: Make, **watch: str) -> tuple[World, Release, Wait]:
    """A version that is live since Thursday morning, and what its watch says."""
    minor = {"follow_up": {**THREE_DAYS, **watch}}
    world = make({**QUICK, "release_types": {"minor": minor, "major": True}})
    world.clock.at = THURSDAY - timedelta(minutes=2)
    release = await released(world, MONITOR)
    waits = await perform(release, MONITOR)
    assert isinstance(waits, Wait)
    return world, release, waits


async def test_a_watch_that_falls_on_days_off_ends_later_when_nobody_is_named_for_them(
    make: Make,
) -> None:
    """Nobody looks on Saturday and Sunday: they do not count."""
    world, _, waits = await watching(make)
    assert waits.until is not None
    assert waits.until.date() == date(2026, 3, 17)
    assert not [text for text in messages(world) if "nobody else works" in text]


async def test_whoever_is_named_watches_on_days_off_and_is_told_once(make: Make) -> None:
    world, release, waits = await watching(make, watcher="on_call")
    assert waits.until is not None
    assert waits.until.date() == date(2026, 3, 15)
    assert waits.reason.endswith("; ops on Sat 2026-03-14, Sun 2026-03-15")
    world.clock.pass_(12 * 3600)
    await perform(release, MONITOR)
    (told,) = [text for text in messages(world) if "nobody else works" in text]
    assert told.endswith(": ops on Sat 2026-03-14, Sun 2026-03-15")


async def test_a_watch_in_working_days_asks_nobody_for_days_off(make: Make) -> None:
    world, _, waits = await watching(make, monitor="3 working days", watcher="on_call")
    assert waits.until is not None
    assert waits.until.date() == date(2026, 3, 17)
    assert not [text for text in messages(world) if "nobody else works" in text]


LIMITS: Any = {
    **QUICK,
    "judge": {
        "method": "limits",
        "errors": {"limits": {"success": {"at_most": 0.01}, "failure": {"above": 0.2}}},
    },
}


async def test_by_limits_a_good_version_is_watched_and_a_bad_one_goes_back(make: Make) -> None:
    good = make(LIMITS)
    release = await released(good, MONITOR)
    result = await go(good, release, MONITOR)
    assert isinstance(result, Done)
    assert result.evidence["verdict"] == "no regression"
    bad = make(LIMITS)
    release = await released(bad, MONITOR)
    await look(bad, release, 3)
    bad.metrics.errors["1.4.0"] = 0.3
    result = await look_until_over(bad, release)
    assert isinstance(result, Fail)
    assert result.reasons[0].startswith("rolled back: production/eu: errors: canary 3")
    assert bad.deployments.state("production/eu").shares == {"1.3.0": 100.0}


async def test_by_limits_days_that_end_inconclusive_or_blind_are_not_green(make: Make) -> None:
    world = make(LIMITS)
    release = await released(world, MONITOR)
    await look(world, release, 3)
    world.metrics.errors["1.4.0"] = 0.1
    result = await go(world, release, MONITOR)
    assert not isinstance(result, Done)
    blind = make(LIMITS)
    release = await released(blind, MONITOR)
    await look(blind, release, 3)
    blind.metrics.down = True
    assert not isinstance(await go(blind, release, MONITOR), Done)


async def test_by_limits_bad_looks_far_apart_in_days_do_not_add_up(make: Make) -> None:
    errors = {"limits": {"success": {"at_most": 0.01}, "failure_limit": 1}}
    judge = {"method": "limits", "errors": errors}
    world = make({**QUICK, "judge": judge, "rollout": {"bake": {"time": "30 s"}}})
    release = await released(world, MONITOR)
    await look(world, release, 1)
    for _ in range(2):
        world.clock.pass_(60)
        world.metrics.errors["1.4.0"] = 0.3
        assert isinstance(await perform(release, MONITOR), Wait)
        world.metrics.errors["1.4.0"] = 0.002
        world.clock.pass_(60)
        assert isinstance(await look(world, release, 3), Wait)
    assert isinstance(await go(world, release, MONITOR), Done)
