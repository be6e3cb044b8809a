"""Suites and their gate: reruns, waivers and who may give them, checks by hand, new candidates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.fakes import K6, Outcome, junit
from tests.tasks.world import DAY_0, Reply, World
from windlass.errors import InputError
from windlass.tasks.gates.reopening import reopen
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Wait

SUITE, GATE = "validation.quality.regression", "validation.quality.gate"
ROWS = ("validation.cut", "validation.candidate", SUITE, GATE, "execution.production.step")
RED = Outcome(code=1, reports={"build/junit.xml": junit(bad=("buys",))})
GREEN = Outcome(reports={"build/junit.xml": junit()})


def opened(world: World, **inputs: Any) -> Release:
    return world.open(rows=ROWS, **{"day_0": None, **inputs})


async def tried(world: World, release: Release, task: str) -> Result:
    try:
        return await world.do(release, task, patience=600.0 if not release.view.day_0 else 8e5)
    except TimeoutError:
        return await perform(release, task)


def red(world: World) -> None:
    world.pipelines.outcomes["make regression"] = RED


async def test_a_flaky_suite_is_run_again_by_policy_before_anybody_is_asked(make: Any) -> None:
    world = make({"quality": {"regression": {"rerun": 2}}})
    red(world)
    world.pipelines.on_start = lambda request: (
        world.pipelines.outcomes.update({"make regression": GREEN})
        if len(world.pipelines.ran("make regression")) == 3
        else None
    )
    release = opened(world)
    assert isinstance(await tried(world, release, SUITE), Done)
    assert len(world.pipelines.ran("make regression")) == 3
    assert not release.view.questions


@pytest.mark.parametrize("on_red", ["block", "inform"])
async def test_what_red_means_is_policy(make: Any, on_red: str) -> None:
    world = make({"quality": {"regression": {"on_red": on_red}}})
    red(world)
    release = opened(world)
    result = await tried(world, release, GATE)
    if on_red == "block":
        assert isinstance(result, Fail)
    else:
        assert isinstance(result, Done)
        assert result.evidence["results"][SUITE] == "FAIL, only informs"


async def test_a_share_below_all_may_pass_and_names_what_failed(make: Any) -> None:
    world = make({"quality": {"regression": {"pass": "75%"}}})
    red(world)
    result = await tried(world, opened(world), SUITE)
    assert isinstance(result, Done)
    assert result.evidence["result"]["failures"] == ["shop::buys"]
    assert result.evidence["reasons"] == ["3 of 4 tests passed; 1 of 4 tests failed: shop::buys"]


async def test_without_a_report_the_exit_code_decides(make: Any) -> None:
    world = make({"quality": {"lint": {"run": "make lint"}}})
    world.pipelines.outcomes["make lint"] = Outcome(code=2, tail="line 3: no")
    release = world.open(
        rows=("validation.cut", "validation.candidate", "validation.quality.lint"), day_0=None
    )
    result = await tried(world, release, "validation.quality.lint")
    assert isinstance(result, Ask)
    assert result.question.facts["reasons"] == ["the command ended with 2", "line 3: no"]


async def test_a_run_that_is_lost_proves_nothing(world: World) -> None:
    world.pipelines.outcomes["make regression"] = Outcome(lost=True)
    result = await tried(world, opened(world), SUITE)
    assert isinstance(result, Fail)
    assert "is lost" in result.reasons[0]


async def waive(world: World, release: Release, by: str, until: str) -> None:
    asked = next(a for a in release.view.open_questions() if a.question["kind"] == "red_check")
    world.answer(release, asked, Reply("", "waive", by, {"reason": "known", "until": until}))


async def test_a_waiver_that_outlasts_day_0_lets_the_suite_through_and_is_named(
    world: World,
) -> None:
    red(world)
    release = opened(world, day_0=DAY_0)
    assert isinstance(await tried(world, release, SUITE), Ask)
    await waive(world, release, "quinn", "2026-03-20")
    result = await tried(world, release, GATE)
    assert isinstance(result, Done)
    assert result.evidence["results"][SUITE] == f"{SUITE} waived by quinn: known"


@pytest.mark.parametrize(
    "by, until, said",
    [
        ("ops", "2026-03-20", "ops may not answer"),
        ("quinn", "next week", "not a date"),
        ("quinn", "", "needs 'until'"),
        ("quinn", "2099-01-01", "it lasts longer than 30 days"),
        ("quinn", "2026-03-04", "it ends at 2026-03-04T23:59:59.999999\\+00:00, needed to"),
    ],
)
async def test_a_waiver_needs_a_role_that_may_and_a_date_that_lasts_to_day_0(
    world: World, by: str, until: str, said: str
) -> None:
    red(world)
    release = opened(world, day_0=DAY_0)
    await tried(world, release, SUITE)
    with pytest.raises(InputError, match=said):
        await waive(world, release, by, until)
    assert not release.view.waivers


async def test_being_the_captain_is_not_enough_to_waive(make: Any) -> None:
    world = make({"quality": {"regression": {"waivable_by": ["qa_engineer"]}}})
    red(world)
    release = opened(world)
    await tried(world, release, SUITE)
    assert release.view.captain == "mia"
    with pytest.raises(InputError, match="mia may not waive"):
        await waive(world, release, "mia", "2026-03-20")


async def test_nobody_opens_the_gate_over_a_red_result_without_a_record(world: World) -> None:
    """The suite is marked away in the ledger as done by nobody: nothing said is red."""
    release = opened(world)
    await tried(world, release, "validation.candidate")
    package = release.view.package
    release.record("task.finished", task=SUITE, outcome="done", package=package, evidence={})
    result = await tried(world, release, GATE)
    assert isinstance(result, Ask)
    assert result.question.facts["reasons"] == ["Quality: regression: it says nothing"]


async def test_a_waiver_that_runs_out_before_production_shuts_the_gate_again(
    world: World,
) -> None:
    red(world)
    release = opened(world)
    await tried(world, release, SUITE)
    await waive(world, release, "quinn", "2026-03-03")
    assert isinstance(await tried(world, release, GATE), Done)
    assert await reopen(release) is None
    world.clock.pass_(3 * 86400)
    result = await perform(release, "execution.production.eu.step_10")
    assert isinstance(result, Ask)
    assert "it ends at 2026-03-03" in result.question.facts["reasons"][0]
    assert world.exposed("1.4.0") == 0
    world.pipelines.outcomes["make regression"] = GREEN
    world.reply(GATE, "run the checks again", "quinn")
    assert isinstance(await tried(world, release, "execution.production.eu.step_10"), Done)
    assert world.exposed("1.4.0") == 10


async def test_a_new_candidate_is_built_from_the_branch_and_checked_anew(world: World) -> None:
    red(world)
    release = opened(world)
    assert isinstance(await tried(world, release, SUITE), Ask)
    repository = world.repository()
    repository.git("checkout", "--quiet", "release/1.4.0")
    fixed = repository.commit("fix: buying (SHOP-14)")
    repository.git("checkout", "--quiet", "main")
    package = Outcome(reports={"dist/shop.tar": b"another package"})
    world.pipelines.outcomes.update({"make package": package, "make regression": GREEN})
    before = release.view.package
    world.reply(SUITE, "new candidate", "quinn", reason="fixed")
    result = await tried(world, release, SUITE)
    assert isinstance(result, Done)
    assert release.view.package != before
    candidate = release.view.candidate or {}
    assert (candidate["name"], candidate["sha"]) == ("1.4.0-rc.2", fixed)
    assert world.pipelines.ran("make regression")[-1].ref == fixed
    assert world.deployments.state("staging").digests["1.4.0"] == release.view.package


async def test_a_suite_is_compared_with_the_release_that_was_promoted_last(make: Any) -> None:
    world = make(
        {"quality": {"performance": {"targets": {"http_req_duration_p95": {"worse_by": 10}}}}}
    )
    world.ledger.append(
        "shop.minor/earlier-1.3.0",
        "task.finished",
        {
            "task": "validation.quality.performance",
            "outcome": "done",
            "evidence": {"result": {"figures": {"http_req_duration_p95": 100.0}}},
        },
        at=world.clock.now(),
    )
    world.pipelines.outcomes["make performance"] = Outcome(reports={"build/k6.json": K6 % 120})
    task = "validation.quality.performance"
    release = world.open(rows=("validation.cut", "validation.candidate", task), day_0=None)
    result = await tried(world, release, task)
    assert isinstance(result, Ask)
    assert "20.0 % worse than 100" in result.question.facts["reasons"][0]


async def test_an_emergency_runs_only_the_suites_marked_fast(make: Any) -> None:
    world = make({"quality": {"security": {"fast": True}}})
    release = world.open("emergency", day_0=None, reason="fix")
    assert [t.id for t in release.plan.rows("validation.quality.suite")] == [
        "validation.quality.security"
    ]


async def test_a_check_by_hand_waits_for_the_person_with_the_checklist(make: Any) -> None:
    world = make({"quality": {"look": {"manual": "qa_engineer", "checklist": ["a", "b"]}}})
    task = "validation.quality.look"
    release = world.open(rows=("validation.cut", "validation.candidate", task), day_0=None)
    result = await tried(world, release, task)
    assert isinstance(result, Ask)
    assert result.question.facts["checklist"] == ["a", "b"]
    assert result.question.roles == ("qa_engineer",)
    asked = release.view.open_questions()[0]
    with pytest.raises(InputError, match="needs 'failed_items'"):
        world.answer(release, asked, Reply("", "failed", "quinn"))


async def test_a_suite_waits_while_the_rollback_is_being_rehearsed(world: World) -> None:
    rehearsal = "validation.readiness.rehearsal"
    release = world.open(
        rows=("validation.cut", "validation.candidate", SUITE, rehearsal), day_0=None
    )
    await tried(world, release, "validation.candidate")
    waiting = await perform(release, rehearsal)
    assert isinstance(waiting, Wait)
    assert "Quality: regression still needs staging" in waiting.reason
    release.record("evidence", task=rehearsal, mark="begun", attempt=1, environment="staging")
    held = await perform(release, SUITE)
    assert isinstance(held, Wait)
    assert held.reason == "the rollback is being rehearsed in staging"
    assert not world.pipelines.ran("make regression")
