"""Every row of planning and validation is seen red, with production standing still, and green."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks import gate_cases, planning_cases, validation_cases
from tests.tasks.cases import Case, over
from tests.tasks.world import World
from windlass.tasks.registry import ROWS
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Wait

CASES = (*planning_cases.CASES, *validation_cases.CASES, *gate_cases.CASES)
STEP = "execution.production.eu.step_10"
#: ``planning.open`` records what was frozen; it has nothing to be red about.
WITHOUT_RED = frozenset({"planning.open"})


def said(release: Release, case: Case, result: Result) -> str:
    """Everything the ledger and the task say about why it does not go on."""
    words = [str(result)]
    words += [str(data) for data in release.view.waiting.values()]
    for event in release.ledger.events(release.id):
        if event.type in ("check.red", "task.finished", "question.asked"):
            words.append(str(event.data))
    return "\n".join(words)


async def tried(world: World, release: Release, task: str) -> Result:
    """Perform the task until it is done, fails, or waits for what does not come."""
    patience = 3600.0 if release.view.day_0 is None else 9 * 86400.0
    try:
        return await world.do(release, task, patience=patience)
    except TimeoutError as problem:
        return Wait(str(problem))


def no_production(world: World, release: Release, version: str = "1.4.0") -> None:
    assert world.exposed(version) == 0
    live = [e for e in world.events(release, "exposure.stepped") if e["target"] != "staging"]
    assert not live


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_a_broken_input_is_red_with_its_reason_and_stops_production_and_a_restored_one_is_not(
    case: Case, make: Any
) -> None:
    world = make(over(case.product, case.wrong))
    case.prepared(world)
    case.broken(world)
    release = case.open(world, wrong=True, run="run-1")
    result = await tried(world, release, STEP)
    assert not isinstance(result, Done)
    assert case.reason in said(release, case, result)
    no_production(world, release)
    record = release.view.record(case.task)
    assert record is None or record.outcome == "failed"
    shows(world, release, case)
    if case.mended is None:
        world = make(case.product)
        case.prepared(world)
        release = case.open(world, wrong=False, run="run-1")
    else:
        case.mended(world)
        world.reply(case.task, "run again", case.by, kind="red_check")
    result = await tried(world, release, case.task)
    assert isinstance(result, Done), said(release, case, result)
    assert case.left(result.evidence, world), result.evidence
    assert set(release.plan.task(case.task).evidence) <= set(result.evidence)


def shows(world: World, release: Release, case: Case) -> None:
    """What the red half is to people: a question of the right kind, a failure, or a wait."""
    kinds = {a.question["kind"] for a in release.view.open_questions()}
    match case.red:
        case "asks":
            assert "red_check" in kinds
        case "question":
            assert kinds
            assert "red_check" not in kinds
        case "fails":
            failed = [r for r in release.view.records.values() if r.outcome == "failed"]
            assert case.task in {record.task for record in failed}
        case "waits":
            assert case.task in release.view.waiting
            assert not kinds


def test_every_row_of_both_phases_has_a_case() -> None:
    tested = {row_of(case.task) for case in CASES}
    wanted = {row for row in ROWS if row.startswith(("planning.", "validation."))}
    assert wanted - WITHOUT_RED == tested


def row_of(task: str) -> str:
    """The row that a task of the table does."""
    parts = task.split(".")
    if task.startswith("planning.environments"):
        return "planning.environments"
    if parts[1] == "quality" and parts[2] not in ("gate", "approval"):
        return "validation.quality.suite"
    return ".".join(parts[:3])


async def test_a_task_that_asks_says_so_in_its_result(world: World) -> None:
    world.infrastructure.found["production"] = "1 rule added"
    release = world.open(rows=("planning.environments",), day_0=None)
    await world.do(release, "planning.environments.staging")
    from windlass.tasks.perform import perform

    result = await perform(release, "planning.environments.production")
    assert isinstance(result, Ask)
    assert result.question.options[0] == "run again"
    assert not isinstance(result, Fail)
