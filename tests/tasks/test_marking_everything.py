"""One person marks every task of a release success before it ran: production does not move."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.test_whole_release import ready
from windlass.plan.release_plan import Form
from windlass.tasks.attesting import take_mark
from windlass.tasks.perform import perform
from windlass.tasks.results import Done

#: Everybody the product knows, and somebody it does not.
PEOPLE = ("ines", "mia", "ops", "quinn", "sam", "sue", "zoe")


@pytest.mark.parametrize("by", PEOPLE)
async def test_whatever_one_person_marks_production_does_not_move(make: Any, by: str) -> None:
    world = make()
    ready(world)
    world.silent.add("")
    release = world.open(day_0=None)
    for task in release.plan.tasks:
        take_mark(release, task.id, by=by, at=world.clock.now(), note="trust me")
    steps = [t.id for t in release.plan.tasks if t.form is Form.STEP]
    assert steps
    for task in steps:
        result = await perform(release, task)
        assert not isinstance(result, Done), f"{task} by {by}'s mark alone"
    assert world.exposed("1.4.0") == 0
    assert not [call for call in world.deployments.calls if "production" in call[1]]
    assert not release.view.promoted
