"""What a waiting task looks at in the triggerer, and what wakes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.test_gates import GATE, MANAGER, ONE_GATE, opened, say, until_asked
from tests.tasks.world import World
from windlass.tasks.perform import perform
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Skip
from windlass.tasks.showing import shown_as
from windlass.tasks.verbs import cancel
from windlass.triggers import looking

SEAT = "validation.acceptance.approval.stakeholder"


@pytest.fixture
def world(make: Any) -> World:
    """One gate with two seats."""
    made: World = make(ONE_GATE)
    return made


async def a_seat_that_asks(world: World) -> tuple[Release, str]:
    """A release with a parked seat, and what it asks as people see it."""
    release = opened(world)
    await until_asked(world, release, GATE, SEAT)
    asked = await perform(release, SEAT)
    assert isinstance(asked, Ask)
    return release, shown_as(release, asked.question)


async def test_what_other_tasks_do_is_no_reason_to_wake_a_seat(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    say(world, release, MANAGER, "Approve", "mia")
    assert isinstance(await perform(release, MANAGER), Done)
    assert isinstance(await looking.look(release, SEAT, shown), Ask)
    assert looking.still_asked(release, SEAT, shown)


async def test_a_question_that_nobody_sees_yet_is_the_task_s_to_show(world: World) -> None:
    """A suite that turned red there was once asked about where no person could see it."""
    release, shown = await a_seat_that_asks(world)
    assert await looking.look(release, SEAT) is None
    say(world, release, SEAT, "Reject", "sam", reason="ugly", condition="prettier")
    assert isinstance(await perform(release, SEAT), Done)
    assert await looking.look(release, GATE, shown) is None, "the rejection is another question"


async def test_a_task_that_somebody_ended_by_hand_shows_nothing_any_more(world: World) -> None:
    """Whoever waits for its question is woken, and sees to it that it is asked again."""
    release, shown = await a_seat_that_asks(world)
    release.record("person.did", by="ops", action="mark", tasks=[SEAT], state="success")
    assert not looking.still_asked(release, GATE, shown)
    assert await looking.look(release, GATE, shown) is None


async def test_a_signature_wakes_its_seat(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    say(world, release, SEAT, "Approve", "sam")
    assert isinstance(await looking.look(release, SEAT, shown), Done)
    assert not looking.still_asked(release, SEAT, shown)


async def test_the_end_of_the_release_wakes_who_asks(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    cancel(release, by="mia", reason="next month")
    assert isinstance(await looking.look(release, SEAT, shown), Skip)
    assert not looking.still_asked(release, SEAT, shown)


async def test_another_package_wakes_a_check_that_asks_about_the_one_before(world: World) -> None:
    release, _ = await a_seat_that_asks(world)
    facts = {"attempt": release.attempt(release.plan.task(SEAT)), "package": release.view.package}
    red = Question(task=SEAT, kind="red_check", title="red", facts=facts, options=("waive",))
    release.record("question.asked", task=SEAT, question=red.to_json())
    asks = shown_as(release, red)
    assert looking.still_asked(release, SEAT, asks)
    release.record("task.cleared", tasks=[SEAT], reason="another try")
    release.record(
        "candidate.built", name="1.4.0-rc.2", digest="sha256:2", version="1.4.0", sha="2" * 40
    )
    assert not looking.still_asked(release, SEAT, asks)


async def test_the_triggerer_does_not_do_what_comes_before(world: World) -> None:
    release = opened(world)
    assert await looking.look(release, SEAT) is None
    assert release.view.record("validation.candidate") is None
