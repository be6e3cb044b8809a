"""A seat or a gate whose task has ended in Airflow and that asks again is brought back, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.tasks.test_gates import GATE, MANAGER, ONE_GATE, STAKEHOLDER, opened, say, until_asked
from tests.tasks.world import World
from windlass.errors import VendorUnavailable
from windlass.ledger import EffectBusyUntil
from windlass.tasks.perform import perform
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask
from windlass.tasks.showing import asks_in_its_place, show_what_is_asked, shown_as


class Airflow:
    """The states of a run's tasks. ``dies``: the next clearing is done and not answered."""

    def __init__(self, **states: str) -> None:
        self.states: dict[str, str | None] = {**states}
        self.cleared: list[str] = []
        self.dies = False

    async def has(self, dag_id: str, run_id: str) -> bool:
        raise NotImplementedError

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        raise NotImplementedError

    async def task_states(self, dag_id: str, run_id: str) -> Mapping[str, str | None]:
        assert (dag_id, run_id) == ("shop.minor", "run-1")
        return self.states

    async def clear(self, dag_id: str, run_id: str, tasks: tuple[str, ...]) -> None:
        for task in tasks:
            self.cleared.append(task)
            self.states[task] = None
        if self.dies:
            self.dies = False
            raise VendorUnavailable("the connection broke")


@pytest.fixture
def world(make: Any) -> World:
    made: World = make(ONE_GATE)
    return made


async def rejected_and_addressed(world: World) -> tuple[Release, Airflow, Question]:
    """Sam's seat has ended with a rejection that was addressed: the gate asks him again."""
    release = opened(world)
    airflow = release.starter = Airflow()
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await perform(release, STAKEHOLDER)
    airflow.states[STAKEHOLDER] = "success"
    await until_asked(world, release, GATE, GATE)
    say(world, release, GATE, "address and ask again", "mia", reason="prettier")
    return release, airflow, await asked_by_the_gate(release)


async def asked_by_the_gate(release: Release) -> Question:
    """The seat's question, as the gate finds it."""
    await perform(release, GATE)
    await perform(release, STAKEHOLDER)
    asked = [a for a in release.view.open_questions() if a.question["task"] == STAKEHOLDER]
    return Question.from_json(asked[-1].question)


async def test_who_rejected_is_asked_again_on_their_own_task(world: World) -> None:
    release, airflow, question = await rejected_and_addressed(world)
    assert await asks_in_its_place(release, question)
    assert airflow.cleared == [STAKEHOLDER]


async def test_however_many_tasks_wait_for_it_the_seat_is_brought_back_once(world: World) -> None:
    """The gate asks for it, and so does the step that finds the gate shut."""
    release, airflow, question = await rejected_and_addressed(world)
    for _ in range(3):
        assert await asks_in_its_place(release, question)
        airflow.states[STAKEHOLDER] = "success"
    assert airflow.cleared == [STAKEHOLDER]


async def test_a_seat_that_asks_already_is_left_alone(world: World) -> None:
    release, airflow, question = await rejected_and_addressed(world)
    airflow.states[STAKEHOLDER] = "deferred"
    assert await asks_in_its_place(release, question)
    assert airflow.cleared == []


async def test_a_clearing_that_was_not_answered_is_looked_up_and_not_done_again(
    world: World,
) -> None:
    release, airflow, question = await rejected_and_addressed(world)
    airflow.dies = True
    with pytest.raises(VendorUnavailable):
        await asks_in_its_place(release, question)
    try:
        await asks_in_its_place(release, question)
    except EffectBusyUntil as busy:
        world.clock.pass_((busy.quiet_at - world.clock.now()).total_seconds() + 1)
        await asks_in_its_place(release, question)
    assert airflow.cleared == [STAKEHOLDER]


async def test_ended_by_hand_once_more_it_is_brought_back_once_more(world: World) -> None:
    release, airflow, question = await rejected_and_addressed(world)
    await asks_in_its_place(release, question)
    airflow.states[STAKEHOLDER] = "success"
    before = shown_as(release, question)
    release.record("person.did", by="ops", action="mark", tasks=[STAKEHOLDER], state="success")
    assert shown_as(release, question) != before
    assert await asks_in_its_place(release, question)
    assert airflow.cleared == [STAKEHOLDER, STAKEHOLDER]


async def test_without_a_way_to_airflow_who_waits_shows_it(world: World) -> None:
    release, _, question = await rejected_and_addressed(world)
    release.starter = None
    assert not await asks_in_its_place(release, question)


async def test_the_watchdog_brings_a_seat_back_for_which_no_gate_waits_yet(world: World) -> None:
    """Somebody has marked it who may not sign, while the seat beside it is still open."""
    release = opened(world)
    await until_asked(world, release, GATE, STAKEHOLDER)
    airflow = Airflow(**{MANAGER: "deferred", STAKEHOLDER: "success"})
    assert await show_what_is_asked(release, airflow) == (STAKEHOLDER,)
    assert await show_what_is_asked(release, airflow) == ()
    assert airflow.cleared == [STAKEHOLDER]


async def test_where_everybody_sees_their_question_the_watchdog_clears_nothing(
    world: World,
) -> None:
    release = opened(world)
    assert await show_what_is_asked(release, Airflow()) == ()
    await until_asked(world, release, GATE, STAKEHOLDER)
    assert await show_what_is_asked(release, Airflow(**{STAKEHOLDER: "deferred"})) == ()


async def test_a_task_that_does_work_is_never_run_again_for_a_question(world: World) -> None:
    release = opened(world)
    airflow = release.starter = Airflow(**{MANAGER: "success"})
    red = Question(task=MANAGER, kind="red_check", title="red", facts={}, options=("waive",))
    assert not await asks_in_its_place(release, red)
    assert airflow.cleared == []
    assert not isinstance(await perform(release, "validation.candidate"), Ask)
