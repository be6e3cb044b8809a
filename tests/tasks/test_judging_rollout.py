"""What the judge is given over a rollout: every look at a target, step after step, one budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tasks.after import MONITOR, go, released
from tests.tasks.world import World
from windlass.decisions.judge import ArmCounts, HistogramLook, Look, SeriesLook
from windlass.spec.judging import Metric
from windlass.tasks.attesting import take_failure
from windlass.tasks.execution.intervals import intervals
from windlass.tasks.execution.judging import (
    judge_afterwards,
    judge_rollout,
    rollout_policy,
    windows_of,
)
from windlass.tasks.execution.looking import metrics_of
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait

Make = Callable[..., World]
ERRORS = Metric(count="bad", of="all")
QUEUE = Metric(series="queue")
ROLLOUT = ("execution.production.step", "execution.production.judge")
SECONDS = Metric(histogram="seconds")


def written(task: str, minute: int, percent: float, **versions: dict[str, Any]) -> dict[str, Any]:
    """A look as the ledger's view gives it; each version's counters, its histogram as ``le``."""
    at = f"2026-03-10T10:{minute:02d}:00+00:00"
    return {
        "task": task,
        "at": at,
        "percent": percent,
        "reading": {
            "at": at,
            "counters": {v: {k: n for k, n in c.items() if k != "le"} for v, c in versions.items()},
            "histograms": {v: {"seconds": c["le"]} for v, c in versions.items() if "le" in c},
        },
    }


def test_a_version_is_not_silent_while_the_traffic_is_only_being_moved_to_it() -> None:
    """The process of the step may have died before it moved any: nobody is asked for that."""
    silent = [written("watch", minute, 5.0, old={"all": 100 * minute}) for minute in range(3)]
    moving = [{**look, "moving": True} for look in silent]
    assert len(intervals(silent, ERRORS, "new", "old")) == 2
    assert intervals(moving, ERRORS, "new", "old") == ()
    bad = written("watch", 3, 5.0, old={"all": 300}, new={"all": 9, "bad": 9})
    (look,) = intervals([*moving, {**bad, "moving": True}], ERRORS, "new", "old")
    assert look.canary == ArmCounts(9, 9)


def test_a_look_carries_the_counts_since_the_one_before_and_its_step() -> None:
    looks = [
        written("judge", 0, 5.0, new={"all": 10, "bad": 1}, old={"all": 100, "bad": 2}),
        written("judge", 1, 5.0, new={"all": 30, "bad": 3}, old={"all": 190, "bad": 2}),
    ]
    (look,) = intervals(looks, ERRORS, "new", "old")
    assert isinstance(look, Look)
    assert (look.canary, look.baseline, look.stage) == (ArmCounts(20, 2), ArmCounts(90, 0), 5.0)


def test_nothing_is_concluded_from_what_came_between_the_looks_of_two_tasks() -> None:
    looks = [
        written("judge_5", 0, 5.0, new={"all": 10}, old={"all": 100}),
        written("judge_25", 9, 25.0, new={"all": 900}, old={"all": 9000}),
    ]
    assert intervals(looks, ERRORS, "new", "old") == ()


def test_a_counter_that_was_reset_counts_what_came_since() -> None:
    looks = [
        written("judge", 0, 5.0, new={"all": 1000, "bad": 9}, old={"all": 100, "bad": 0}),
        written("judge", 1, 5.0, new={"all": 40, "bad": 1}, old={"all": 150, "bad": 0}),
    ]
    (look,) = intervals(looks, ERRORS, "new", "old")
    assert (look.canary.requests, look.canary.errors) == (40, 1)


def test_a_plain_series_is_carried_to_the_judge() -> None:
    looks = [
        written("judge", 0, 5.0, new={"queue": 3.0}, old={"queue": 4.0}),
        written("judge", 1, 5.0, new={"queue": 9.0}, old={"queue": 4.5}),
        written("judge", 2, 5.0, new={}, old={"queue": 4.5}),
        {"task": "judge", "at": "2026-03-10T10:03:00+00:00", "percent": 5.0, "error": "timeout"},
    ]
    found = intervals(looks, QUEUE, "new", "old")
    assert [(look.baseline, look.canary, look.error) for look in found] == [
        (4.5, 9.0, None),
        (4.5, None, None),
        (None, None, "timeout"),
    ]
    assert all(isinstance(look, SeriesLook) and look.stage == 5.0 for look in found)


@pytest.mark.parametrize("metric", [ERRORS, QUEUE, SECONDS])
def test_between_looks_at_full_exposure_there_is_no_baseline(metric: Metric) -> None:
    """A router may show the old version's counters for a while; they stand still."""
    new = {"all": 10, "queue": 1.0, "le": {"0.1": 5.0, "inf": 9.0}}
    more = {"all": 20, "queue": 1.0, "le": {"0.1": 7.0, "inf": 12.0}}
    looks = [
        written("judge", 0, 50.0, new=new, old=new),
        written("judge", 1, 100.0, new=more, old=more),
        written("judge", 2, 100.0, new=more, old=more),
    ]
    found = intervals(looks, metric, "new", "old")
    assert [look.baseline is None for look in found] == [False, True]
    assert [look.stage for look in found] == [100.0, 100.0]


def test_a_histogram_without_new_observations_of_the_old_version_has_no_baseline() -> None:
    buckets = {"0.1": 5.0, "inf": 9.0}
    looks = [
        written("judge", minute, 50.0, new={"le": buckets}, old={"le": buckets})
        for minute in range(2)
    ]
    (look,) = intervals(looks, SECONDS, "new", "old")
    assert isinstance(look, HistogramLook)
    assert look.baseline is None
    assert look.canary == {0.1: 0.0, float("inf"): 0.0}


async def test_every_step_adds_to_the_evidence_of_the_one_before(make: Make) -> None:
    world = make({"rollout": {"steps": [10, 50, 100]}})
    release = await released(world, MONITOR)
    stages = {
        look.stage
        for look in metrics_of(
            release,
            [look for looks in release.view.looks.values() for look in looks],
            new=release.version,
            old="1.3.0",
        )["errors"].looks
    }
    assert stages == {10.0, 50.0, 100.0}
    verdict = judge_rollout(release, "production/eu").metrics["errors"]
    assert len(verdict.path) > len(release.view.looks["execution.production.eu.judge_100"])


async def test_what_all_steps_and_the_days_after_may_spend_is_the_budget(make: Make) -> None:
    world = make({"judge": {"alpha": 0.004}})
    release = world.open("minor", rows=(MONITOR, "execution.production.judge"), day_0=None)
    spent = [rollout_policy(release, t.name).alpha for t in release.plan.live_targets]
    assert len(spent) == 2
    assert spent[0] > spent[1]
    assert sum(spent) == pytest.approx(0.004 * 0.85)
    alone = world.open("minor", rows=("execution.production.judge",), day_0=None, run="run-2")
    assert sum(
        rollout_policy(alone, t.name).alpha for t in alone.plan.live_targets
    ) == pytest.approx(0.004)


async def test_a_series_that_rises_rolls_back_by_itself(make: Make) -> None:
    world = make(
        {
            "judge": {"queue": {"series": "queue_length", "critical": True}},
            "rollout": {"bake": {"time": "10 min"}},
        }
    )
    world.metrics.gauges = {"1.3.0": 10.0, "1.4.0": 30.0}
    release = world.open(
        "minor",
        rows=("validation.cut", "validation.candidate", "execution.open", *ROLLOUT),
        day_0=None,
        regions=("eu",),
    )
    for task in release.plan.tasks:
        if task.phase == "execution" and not task.id.endswith((".judge_10", "settle")):
            await go(world, release, task.id)
        if task.id.endswith(".judge_10"):
            result = await go(world, release, task.id)
            break
    assert any("queue: canary mean" in reason for reason in result.reasons)


async def test_looks_of_the_days_after_have_a_budget_of_their_own(make: Make) -> None:
    world = make({})
    release = await released(world, MONITOR)
    looks = [
        look
        for look in release.view.looks["execution.production.eu.judge_100"]
        if "reading" in look
    ]
    verdict = judge_afterwards(release, looks, "production/eu")
    assert sum(verdict.budgets.values()) == pytest.approx(release.policy.judge.alpha * 0.15)


SCORED = {"judge": {"method": "score"}, "rollout": {"bake": {"time": "2 min"}}}


async def first_step(world: World) -> Any:
    """What the judge of the first step says in the end."""
    rows = ("validation.cut", "validation.candidate", "execution.open", *ROLLOUT)
    release = world.open("minor", rows=rows, day_0=None, regions=("eu",))
    for task in release.plan.tasks:
        if task.phase != "execution":
            continue
        result = await go(world, release, task.id)
        if task.row == "execution.production.judge":
            return release, result
    raise AssertionError("no judge")


async def test_by_score_a_bad_version_is_rolled_back_with_its_label(make: Make) -> None:
    world = make(SCORED)
    world.metrics.errors["1.4.0"] = 0.05
    release, result = await first_step(world)
    assert any("errors is High" in reason for reason in result.reasons)
    (verdict,) = world.events(release, "judge.verdict")
    assert verdict["figures"]["errors"]["label"] == "High"


async def test_by_score_a_good_version_advances_when_its_bake_is_over(make: Make) -> None:
    world = make(SCORED)
    began = world.clock.now()
    _, result = await first_step(world)
    assert isinstance(result, Done)
    assert any("score 100 reaches 95" in reason for reason in result.evidence["reasons"])
    assert (world.clock.now() - began).total_seconds() >= 120


async def test_by_score_a_metric_is_compared_by_its_own_rules(make: Make) -> None:
    rules = {"effect_size": {"allowed_increase": 40}}
    world = make({**SCORED, "judge": {"method": "score", "errors": {"score": rules}}})
    world.metrics.errors["1.4.0"] = 0.05
    _, result = await first_step(world)
    assert isinstance(result, Done), "25 times the errors is allowed here"


async def test_a_muted_metric_is_reported_and_rolls_nothing_back(make: Make) -> None:
    queue = {"series": "queue_length", "muted": True}
    world = make({"judge": {"queue": queue}, "rollout": {"bake": {"time": "10 min"}}})
    world.metrics.gauges = {"1.3.0": 10.0, "1.4.0": 30.0}
    release, result = await first_step(world)
    assert isinstance(result, Done)
    (verdict,) = world.events(release, "judge.verdict")
    assert verdict["figures"]["queue"]["ratio"] > 2


PLANNED = {
    "judge": {"method": "group_sequential", "interval": "30 s", "deadline": "advance"},
    "rollout": {"steps": [10, 50, 100], "bake": {"time": "5 min", "first": "10 min"}},
}


async def test_by_windows_of_known_length_each_step_has_as_many_looks_as_its_bake(
    make: Make,
) -> None:
    world = make(PLANNED)
    release = await released(world, MONITOR)
    assert windows_of(release, "production/eu") == (20, 10, 10)
    looks = release.view.looks["execution.production.eu.judge_100"]
    taken = [look for look in looks if "reading" in look]
    rollout = judge_rollout(release, "production/eu")
    after = judge_afterwards(release, taken, "production/eu")
    assert rollout.metrics["errors"].policy.windows == (20, 10, 10)
    assert after.metrics["errors"].policy.windows == (), "the days after have no planned end"


async def test_by_windows_of_known_length_a_bad_version_is_rolled_back_at_its_first_step(
    make: Make,
) -> None:
    world = make(PLANNED)
    world.metrics.errors["1.4.0"] = 0.05
    _, result = await first_step(world)
    assert any("planned window, look" in reason and "of 20" in reason for reason in result.reasons)
    good = make(PLANNED)
    _, advanced = await first_step(good)
    assert isinstance(advanced, Done)


BOUNDS = {"success": {"at_most": 0.01}, "failure": {"above": 0.04}}
LIMITED: Any = {
    "judge": {"method": "limits", "errors": {"limits": BOUNDS}},
    "rollout": {"bake": {"time": "2 min"}},
}


def limited(**limits: Any) -> Any:
    return {**LIMITED, "judge": {"method": "limits", "errors": {"limits": {**BOUNDS, **limits}}}}


async def test_by_limits_a_good_version_advances_when_its_bake_is_over(make: Make) -> None:
    world = make(LIMITED)
    began = world.clock.now()
    release, result = await first_step(world)
    assert isinstance(result, Done)
    assert any("canary 0.2 %" in reason for reason in result.evidence["reasons"])
    assert (world.clock.now() - began).total_seconds() >= 120
    (verdict,) = world.events(release, "judge.verdict")
    assert verdict["figures"]["errors"]["value"] == pytest.approx(0.002)


async def test_by_limits_a_bad_version_is_rolled_back_when_its_limit_is_exceeded(
    make: Make,
) -> None:
    world = make(limited(failure_limit=2))
    world.metrics.errors["1.4.0"] = 0.05
    release, result = await first_step(world)
    assert isinstance(result, Fail)
    assert any("canary 5 %" in reason and "above 4 %" in reason for reason in result.reasons)
    assert any("failed (3) above the limit (2)" in reason for reason in result.reasons)
    (verdict,) = world.events(release, "judge.verdict")
    assert verdict["figures"]["errors"]["label"] == "Failed"


async def test_by_limits_what_is_neither_good_nor_bad_is_asked_of_a_person(make: Make) -> None:
    world = make(LIMITED)
    world.metrics.errors["1.4.0"] = 0.02
    _, result = await first_step(world)
    assert isinstance(result, Ask)
    reasons = " ".join(result.question.facts["reasons"])
    assert "canary 2 %" in reasons
    assert "inconclusive (1) above the limit (0)" in reasons


async def test_by_limits_the_deadline_may_roll_back_what_is_neither(make: Make) -> None:
    judge = {**LIMITED["judge"], "deadline": "rollback"}
    world = make({**LIMITED, "judge": judge})
    world.metrics.errors["1.4.0"] = 0.02
    _, result = await first_step(world)
    assert isinstance(result, Fail)


@pytest.mark.parametrize("wrong", ["down", "silent"])
async def test_by_limits_missing_data_never_advances(make: Make, wrong: str) -> None:
    world = make({**LIMITED, "judge": {**LIMITED["judge"], "deadline": "advance"}})
    rows = ("validation.cut", "validation.candidate", "execution.open", *ROLLOUT)
    release = world.open("minor", rows=rows, day_0=None, regions=("eu",))
    assert isinstance(await go(world, release, "execution.production.eu.step_10"), Done)
    if wrong == "down":
        world.metrics.down = True
    else:
        world.metrics.silent.add("production/eu")
    result = await go(world, release, "execution.production.eu.judge_10")
    assert isinstance(result, Ask)
    said = "could not be asked" if wrong == "down" else "no data of the new version"
    assert any(said in reason for reason in result.question.facts["reasons"])


async def test_by_limits_each_step_is_counted_anew(make: Make) -> None:
    world = make(limited(failure_limit=1))
    release = await released(world, MONITOR)
    judges = [task.id for task in release.plan.rows("execution.production.judge")]
    every = [look for task in judges for look in release.view.looks.get(task, [])]
    last = [look for look in every if look["percent"] == 100.0]
    measured = judge_rollout(release, "production/eu").metrics["errors"].measured
    assert 0 < measured <= len(last) < len(every)


async def test_by_limits_a_step_lasts_until_its_looks_are_counted(make: Make) -> None:
    world = make(limited(count=30))
    began = world.clock.now()
    release, result = await first_step(world)
    assert isinstance(result, Done)
    assert (world.clock.now() - began).total_seconds() >= 300
    assert any("30 measurements taken" in reason for reason in result.evidence["reasons"])
    assert len(release.view.looks["execution.production.eu.judge_10"]) >= 31


async def test_by_limits_a_metric_on_dry_run_rolls_nothing_back(make: Make) -> None:
    queue = {"series": "queue_length", "muted": True, "limits": {"success": {"at_most": 5}}}
    world = make({**LIMITED, "judge": {**LIMITED["judge"], "queue": queue}})
    world.metrics.gauges = {"1.3.0": 10.0, "1.4.0": 30.0}
    release, result = await first_step(world)
    assert isinstance(result, Done)
    (verdict,) = world.events(release, "judge.verdict")
    assert verdict["figures"]["queue"]["label"] == "Failed"


async def test_by_limits_a_series_decides_at_full_exposure_too(make: Make) -> None:
    """There is nothing beside it to compare with, and nothing needs to be."""
    queue = {"series": "queue_length", "limits": {"success": {"at_most": 15}}}
    world = make({**LIMITED, "judge": {**LIMITED["judge"], "queue": queue}})
    world.metrics.gauges = {"1.3.0": 10.0, "1.4.0": 10.0}
    rows = ("validation.cut", "validation.candidate", "execution.open", *ROLLOUT)
    release = world.open("minor", rows=rows, day_0=None, regions=("eu",))
    last = "execution.production.eu.judge_100"
    for task in release.plan.tasks:
        if task.id == last:
            break
        if task.phase == "execution" and task.id != "execution.settle":
            assert isinstance(await go(world, release, task.id), Done | Skip)
    world.metrics.gauges["1.4.0"] = 30.0
    result = await go(world, release, last)
    assert release.view.exposed["production/eu"] == 100.0
    assert isinstance(result, Fail)
    assert any("queue: canary 3" in reason for reason in result.reasons)


@pytest.mark.parametrize("rate, ends", [(0.3, True), (0.002, False)])
async def test_by_limits_the_watch_rolls_back_while_a_judge_waits_for_a_person(
    make: Make, rate: float, ends: bool
) -> None:
    world = make(LIMITED)
    world.metrics.errors["1.4.0"] = 0.02
    rows = ("validation.cut", "validation.candidate", "execution.open", "execution.watch", *ROLLOUT)
    release = world.open("minor", rows=rows, day_0=None, regions=("eu",))
    assert isinstance(await go(world, release, "execution.production.eu.step_10"), Done)
    assert isinstance(await go(world, release, "execution.production.eu.judge_10"), Ask)
    world.metrics.errors["1.4.0"] = rate
    watched: Any = None
    for _ in range(6):
        watched = await perform(release, "execution.watch")
        if not isinstance(watched, Wait):
            break
        world.clock.pass_(10)
    assert isinstance(watched, Fail if ends else Wait)


async def test_a_latency_is_judged_by_the_test_that_the_product_names(make: Make) -> None:
    world = make({"judge": {"slow": {"histogram": "seconds", "test": "quantile"}}})
    release = world.open("minor", rows=("execution.production.judge",), day_0=None)
    metrics = metrics_of(release, (), new="1.4.0", old="1.3.0")
    assert (metrics["slow"].quantile, metrics["slow"].test) == (0.95, "quantile")
    assert metrics["errors"].quantile is None


async def test_a_breach_while_the_release_waits_for_a_person_still_rolls_back(make: Make) -> None:
    """The judge is parked on its question; the watch is not."""
    world = make({"judge": {"deadline": "pause", "refuse_ratio": 1.01}})
    rows = ("validation.cut", "validation.candidate", "execution.open", "execution.watch", *ROLLOUT)
    release = world.open("minor", rows=rows, day_0=None, regions=("eu",))
    step, parked = "execution.production.eu.step_10", "execution.production.eu.judge_10"
    assert isinstance(await world.do(release, step), Done)
    result: Any = None
    while not isinstance(result, Ask):
        result = await perform(release, parked)
        world.clock.pass_(10)
    assert result.question.kind == "judge"
    world.metrics.errors["1.4.0"] = 0.3
    for _ in range(30):
        watched = await perform(release, "execution.watch")
        if not isinstance(watched, Wait):
            break
        world.clock.pass_(10)
    assert isinstance(watched, Fail)
    assert any("errors: canary" in reason for reason in watched.reasons)
    said = release.view.verdicts["execution.watch"]
    assert (said["decision"], tuple(said["reasons"])) == ("rollback", watched.reasons)
    assert said["figures"]["errors"]["ratio"] > 1
    assert world.exposed("1.4.0") == 0
    assert isinstance(await perform(release, parked), Skip), "the question is void"


async def test_without_a_known_length_no_windows_are_planned(make: Make) -> None:
    world = make({})
    release = world.open("minor", rows=("execution.production.judge",), day_0=None)
    assert windows_of(release, "production/eu") == ()


WATCHED = ("validation.cut", "validation.candidate", "execution.open", "execution.watch", *ROLLOUT)
STEP_10, JUDGE_10 = "execution.production.eu.step_10", "execution.production.eu.judge_10"


async def at_its_judge(make: Make) -> tuple[World, Release]:
    """A release at 10 %, whose judge has begun to look."""
    world = make({})
    release = world.open("minor", rows=WATCHED, day_0=None, regions=("eu",))
    assert isinstance(await world.do(release, STEP_10), Done)
    assert isinstance(await perform(release, JUDGE_10), Wait)
    return world, release


async def test_whoever_marks_a_production_task_failed_takes_users_back(make: Make) -> None:
    world, release = await at_its_judge(make)
    assert take_failure(release, JUDGE_10, by="anybody", note="customers complain")
    assert not take_failure(release, JUDGE_10, by="anybody", note="again"), "once is enough"
    watched = await perform(release, "execution.watch")
    assert isinstance(watched, Skip), "so that settle may begin"
    assert "anybody failed judge 10 % · eu: customers complain" in watched.reason
    assert isinstance(await world.do(release, "execution.settle"), Done)
    assert world.exposed("1.4.0") == 0
    assert release.view.reverted


async def test_a_failed_mark_before_users_see_anything_takes_nobody_back(make: Make) -> None:
    world = make({})
    release = world.open("minor", rows=WATCHED, day_0=None, regions=("eu",))
    assert not take_failure(release, JUDGE_10, by="anybody", note="")
    assert release.view.closed is None
