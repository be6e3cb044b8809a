"""What a waiting task tells its trigger, and what people read on the task meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from tests.tasks.conftest import make, migrated, templates  # noqa: F401 - fixtures
from tests.tasks.test_gates import ONE_GATE, STAKEHOLDER, opened, say
from windlass.operators.release_operator import ApprovalSeatOperator, WaitOperator
from windlass.tasks.question import Question
from windlass.tasks.results import Ask, Done, Fail, Result, Skip, Wait
from windlass.triggers.poll import PollTrigger, must_take_over

pytestmark = pytest.mark.airflow
CALENDAR = "documents/calendar/shop"
OPENS = datetime(2026, 3, 12, 10, tzinfo=UTC)


def test_a_window_waits_without_a_slot_for_its_opening_the_release_and_the_calendar() -> None:
    operator = WaitOperator(
        task_id="execution.production.eu.window",
        row="execution.production.window",
        product_file="shop.yaml",
        release_type="minor",
    )
    release: Any = SimpleNamespace(id="shop.minor/run-1", view=SimpleNamespace(seq=7))
    wait = Wait("production/eu is closed: freeze audit", until=OPENS, also={CALENDAR: 3})
    context: Any = {}
    with pytest.raises(TaskDeferred) as deferred:
        operator._conclude(context, release, wait, 7)
    trigger = deferred.value.trigger
    assert isinstance(trigger, PollTrigger)
    assert (trigger.seq, trigger.every, trigger.also) == (7, 0.0, {CALENDAR: 3})
    assert trigger.until == OPENS.isoformat()
    _, kept = trigger.serialize()
    assert PollTrigger(**kept).serialize() == trigger.serialize()


def test_what_somebody_does_while_a_task_parks_wakes_it(make: Any) -> None:  # noqa: F811
    """An answer between the question and the deferral was once taken for known, for ever."""
    world = make(ONE_GATE)
    release = opened(world)
    seat = ApprovalSeatOperator(
        task_id=STAKEHOLDER,
        row="validation.acceptance.approval",
        product_file="shop.yaml",
        release_type="minor",
    )
    asked, seq = seat._perform_in_place(release)
    assert isinstance(asked, Ask)
    assert seq == release.view.seq, "its own events wake nobody"
    say(world, release, STAKEHOLDER, "Approve", "sam")
    context: Any = {}
    with pytest.raises(TaskDeferred) as deferred:
        seat._conclude(context, release, Wait("for a signature"), seq)
    assert isinstance(deferred.value.trigger, PollTrigger)
    assert deferred.value.trigger.seq < release.view.seq


def test_the_task_says_what_it_waits_for_and_until_when() -> None:
    wait = Wait("freeze audit", until=OPENS)
    assert wait.text == "freeze audit (until 2026-03-12 10:00 UTC)"


@pytest.mark.parametrize(
    "result, over",
    [
        (Wait("the pipeline runs", every=1.0), False),
        (
            Ask(Question(task="a", kind="red_check", title="red", facts={}, options=("waive",))),
            False,
        ),
        (None, True),
        (Done({}), True),
        (Skip("no"), True),
        (Fail(("no",)), True),
    ],
    ids=["wait", "ask what people see", "a worker's work", "done", "skip", "fail"],
)
def test_a_look_in_the_triggerer_hands_over_to_the_task_unless_it_waits_on(
    result: Result | None, over: bool
) -> None:
    assert must_take_over(result) is over
