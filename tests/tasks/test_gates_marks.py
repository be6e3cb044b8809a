"""Marks in Airflow's grid: a signature, an attestation, a waiver, or nothing; never more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.fakes import Outcome, junit
from tests.tasks.world import World
from windlass.tasks.attesting import take_mark
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done

SUITE = "validation.quality.regression"
SEAT = "validation.acceptance.approval.stakeholder"
ROWS = (
    "validation.cut",
    "validation.candidate",
    "validation.quality.regression",
    "validation.quality.gate",
    "validation.acceptance.approval",
    "validation.acceptance.gate",
    "execution.open",
    "execution.production.step",
    "execution.production.judge",
)
CHANGES: dict[str, Any] = {"approvals": {"acceptance": ["stakeholder"], "readiness": []}}
RED = Outcome(code=1, reports={"build/junit.xml": junit(bad=("cart",))})


async def red(world: World) -> Release:
    """The regression suite is red and asks."""
    world.pipelines.outcomes["make regression"] = RED
    world.silent.update((SUITE, "validation.acceptance", "validation.quality"))
    release = world.open("minor", rows=ROWS, day_0=None)
    with pytest.raises(TimeoutError):
        await world.do(release, SUITE, patience=3600)
    return release


def mark(world: World, release: Release, task: str, by: str, note: str = "") -> str:
    return take_mark(release, task, by=by, at=world.clock.now(), note=note)


async def test_the_owner_of_a_check_vouches_for_it_by_marking_it(make: Any) -> None:
    world = make(CHANGES)
    release = await red(world)
    assert mark(world, release, SUITE, "quinn", "seen by hand") == "quinn marked it: seen by hand"
    result = await perform(release, SUITE)
    assert isinstance(result, Done)
    assert result.evidence == {"attested_by": "quinn", "reason": "seen by hand"}


@pytest.mark.parametrize("who", ["dev", "nobody"])
async def test_a_mark_by_anybody_else_changes_nothing_and_is_written_down(
    make: Any, who: str
) -> None:
    world = make(CHANGES)
    release = await red(world)
    assert "does not own it; owners: qa_engineer" in mark(world, release, SUITE, who)
    assert isinstance(await perform(release, SUITE), Ask)
    assert len(world.events(release, "person.was_refused")) == 1
    with pytest.raises(TimeoutError):
        await world.do(release, "execution.production.eu.step_10", patience=3600)
    assert release.view.over is None


async def test_where_policy_refuses_marks_the_check_s_own_result_counts(make: Any) -> None:
    world = make({**CHANGES, "marks": "refuse"})
    release = await red(world)
    assert "its own result counts" in mark(world, release, SUITE, "quinn", "fine")
    assert isinstance(await perform(release, SUITE), Ask)


async def test_where_policy_says_so_a_mark_is_a_waiver_with_the_note_as_its_reason(
    make: Any,
) -> None:
    world = make({**CHANGES, "marks": "waiver"})
    release = await red(world)
    assert "gave no reason" in mark(world, release, SUITE, "quinn")
    assert isinstance(await perform(release, SUITE), Ask)
    mark(world, release, SUITE, "quinn", "known since May")
    result = await perform(release, SUITE)
    assert isinstance(result, Done)
    assert result.evidence["waived_by"] == "quinn"
    (waiver,) = world.events(release, "check.waived")
    assert waiver["reason"] == "known since May"
    world.silent.clear()
    assert isinstance(await world.do(release, "validation.quality.gate"), Done)


async def test_a_mark_speaks_of_the_package_that_was_there(make: Any) -> None:
    world = make(CHANGES)
    release = await red(world)
    mark(world, release, SUITE, "quinn", "fine")
    assert isinstance(await perform(release, SUITE), Done)
    other = Outcome(reports={"dist/shop.tar": b"another package"})
    world.pipelines.outcomes["make package"] = other
    release.record("task.cleared", tasks=["validation.candidate"], reason="again", by="dev")
    assert isinstance(await world.do(release, "validation.candidate"), Done)
    with pytest.raises(TimeoutError):
        await world.do(release, SUITE, patience=3600)


async def test_a_mark_of_a_seat_signs_once_the_right_person_makes_it(make: Any) -> None:
    """The wrong person marks: production does not start, the right one is asked, and signs."""
    world = make(CHANGES)
    world.silent.add("validation.acceptance")
    release = world.open("minor", rows=ROWS, day_0=None)
    with pytest.raises(TimeoutError):
        await world.do(release, SEAT, patience=3600)
    assert "may not answer" in mark(world, release, SEAT, "dev")
    assert not release.view.signatures
    with pytest.raises(TimeoutError):
        await world.do(release, "execution.production.eu.step_10", patience=3600)
    assert "sam signed" in mark(world, release, SEAT, "sam", "looks good")
    assert release.view.signatures[0]["via"] == "mark"
    assert isinstance(await world.do(release, "execution.production.eu.step_10"), Done)


async def test_a_mark_of_a_gate_is_one_signature_and_does_not_open_it(make: Any) -> None:
    world = make({"approvals": {"acceptance": ["product_manager", "stakeholder"], "readiness": []}})
    world.silent.add("validation.acceptance")
    release = world.open("minor", rows=ROWS, day_0=None)
    gate = "validation.acceptance.gate"
    with pytest.raises(TimeoutError):
        await world.do(release, gate, patience=3600)
    mark(world, release, gate, "mia")
    with pytest.raises(TimeoutError):
        await world.do(release, gate, patience=3600)
    assert [s["by"] for s in release.view.signatures] == ["mia"]
    mark(world, release, gate, "sam")
    assert isinstance(await world.do(release, gate), Done)


async def test_a_mark_of_a_step_or_a_window_moves_no_traffic(make: Any) -> None:
    world = make(CHANGES)
    release = world.open("minor", rows=ROWS, day_0=None)
    for task in ("execution.production.eu.step_10", "execution.production.eu.step_100"):
        assert "counts for nothing" in mark(world, release, task, "ops")
    world.silent.add("validation.acceptance")
    with pytest.raises(TimeoutError):
        await world.do(release, "execution.production.us.step_100", patience=3600)
    assert world.exposed("1.4.0") == 0


async def test_a_mark_of_the_judge_lets_the_rollout_go_one_step_further(make: Any) -> None:
    world = make(CHANGES)
    release = world.open("minor", rows=ROWS, day_0=None)
    await world.do(release, "execution.production.eu.step_10")
    mark(world, release, "execution.production.eu.judge_10", "ops", "I watched it")
    result = await perform(release, "execution.production.eu.judge_10")
    assert isinstance(result, Done)
    assert result.evidence["attested_by"] == "ops"
    assert isinstance(await world.do(release, "execution.production.eu.step_100"), Done)
