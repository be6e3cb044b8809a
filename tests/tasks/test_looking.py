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
from windlass.tasks.verbs import cancel
from windlass.triggers import looking

SEAT = "validation.acceptance.approval.stakeholder"


@pytest.fixture
def world(make: Any) -> World:
    """One gate with two seats."""
    made: World = make(ONE_GATE)
    return made


async def a_seat_that_asks(world: World) -> tuple[Release, str]:
    """A release with a parked seat, and the id of what it asks."""
    release = opened(world)
    await until_asked(world, release, GATE, SEAT)
    asked = await perform(release, SEAT)
    assert isinstance(asked, Ask)
    return release, asked.question.id


async def test_what_other_tasks_do_is_no_reason_to_wake_a_seat(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    say(world, release, MANAGER, "Approve", "mia")
    assert isinstance(await perform(release, MANAGER), Done)
    result = await looking.look(release, SEAT)
    assert isinstance(result, Ask)
    assert result.question.id == shown
    assert looking.still_asked(release, SEAT, shown)


async def test_a_signature_wakes_its_seat(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    say(world, release, SEAT, "Approve", "sam")
    assert isinstance(await looking.look(release, SEAT), Done)
    assert not looking.still_asked(release, SEAT, shown)


async def test_the_end_of_the_release_wakes_who_asks(world: World) -> None:
    release, shown = await a_seat_that_asks(world)
    cancel(release, by="mia", reason="next month")
    assert isinstance(await looking.look(release, SEAT), Skip)
    assert not looking.still_asked(release, SEAT, shown)


async def test_another_package_wakes_a_check_that_asks_about_the_one_before(world: World) -> None:
    release, _ = await a_seat_that_asks(world)
    facts = {"attempt": release.attempt(release.plan.task(SEAT)), "package": release.view.package}
    red = Question(task=SEAT, kind="red_check", title="red", facts=facts, options=("waive",))
    release.record("question.asked", task=SEAT, question=red.to_json())
    assert looking.still_asked(release, SEAT, red.id)
    release.record("task.cleared", tasks=[SEAT], reason="another try")
    release.record(
        "candidate.built", name="1.4.0-rc.2", digest="sha256:2", version="1.4.0", sha="2" * 40
    )
    assert not looking.still_asked(release, SEAT, red.id)


async def test_the_triggerer_does_not_do_what_comes_before(world: World) -> None:
    release = opened(world)
    assert await looking.look(release, SEAT) is None
    assert release.view.record("validation.candidate") is None
