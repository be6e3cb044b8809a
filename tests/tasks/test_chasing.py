"""Seats that nobody answers: reminders, escalation, and the end of patience; never an approval."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tasks.shop import TEAMS_KEY
from tests.tasks.test_gates import GATE, ONE_GATE, STAKEHOLDER, STEP, opened, question, say
from tests.tasks.world import Reply, World
from windlass.errors import VendorUnavailable
from windlass.ports.messages import Message, MessageRef
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done

#: One seat, the stakeholder's, which is Sam's.
ALONE: dict[str, Any] = {
    **ONE_GATE,
    "approvals": {"acceptance": ["stakeholder"], "readiness": []},
}
PATIENT: dict[str, Any] = {
    **ALONE,
    "approvals": {**ALONE["approvals"], "answer_within": "16 h"},
}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def said(world: World) -> list[dict[str, Any]]:
    """Messages about an answer that is waited for."""
    path = world.root / "messages.jsonl"
    written = path.read_text() if path.exists() else ""
    lines = [json.loads(line) for line in written.splitlines()]
    return [
        line for line in lines if "waits for" in line["subject"] or "answered" in line["subject"]
    ]


async def asked(world: World) -> Release:
    """The stakeholder is asked on Monday at 08:00, an hour before her day."""
    world.silent.add("validation.acceptance")
    release = opened(world)
    for _ in range(20):
        result = await perform(release, STAKEHOLDER)
        if isinstance(result, Ask):
            assert result.until is None or result.until > world.clock.at
            return release
        world.clock.pass_(1.0)
    raise AssertionError(result)


async def awake(world: World, release: Release, *moments: datetime) -> None:
    """The seat's wait fires at these moments."""
    for moment in moments:
        world.clock.at = moment
        await perform(release, STAKEHOLDER)


async def test_who_does_not_answer_is_reminded_in_their_hours_and_then_the_captain_is_told(
    make: Any,
) -> None:
    world = make(ALONE)
    release = await asked(world)
    result = await perform(release, STAKEHOLDER)
    assert isinstance(result, Ask)
    assert result.until == at(2, 13), "four hours of a day that starts at nine"
    await awake(world, release, at(2, 13), at(2, 17), at(2, 22), at(3, 9), at(3, 13))
    reminded = world.events(release, "seat.reminded")
    assert [(e["person"], e["number"]) for e in reminded] == [("sam", 1), ("sam", 2), ("sam", 3)]
    (escalated,) = world.events(release, "seat.escalated")
    assert (escalated["person"], escalated["to"]) == ("sam", ["mia"])
    assert [(m["to"], m["level"]) for m in said(world)] == [
        (["sam"], "action"),
        (["sam"], "action"),
        (["mia"], "problem"),
        (["sam"], "action"),
    ]


async def test_a_process_that_dies_after_the_message_reminds_nobody_twice(make: Any) -> None:
    """Looked at again and again, by other processes too, each reminder goes out once."""
    world = make(ALONE)
    release = await asked(world)
    for _ in range(3):
        await awake(world, world.take_up(release.id), at(2, 13), at(2, 13, 1))
    assert len(said(world)) == 1
    assert len(world.events(release, "seat.reminded")) == 1
    release.record("task.cleared", tasks=[STAKEHOLDER], reason="cleared in Airflow", by="ops")
    await awake(world, release, at(2, 13, 2))
    assert len(said(world)) == 1


async def test_after_a_long_sleep_only_the_newest_reminder_goes_out(make: Any) -> None:
    world = make(ALONE)
    release = await asked(world)
    await awake(world, release, at(5, 12))
    assert [e["number"] for e in world.events(release, "seat.reminded")] == [6]


async def test_who_signed_is_not_chased_any_more(make: Any) -> None:
    world = make(ALONE)
    release = await asked(world)
    say(world, release, STAKEHOLDER, "Approve", "sam")
    await awake(world, release, at(2, 13), at(3, 13))
    assert not said(world)


async def test_two_seats_of_a_role_remind_each_person_once(make: Any) -> None:
    two = {"stakeholder": 2}
    teams = {"roles": {"stakeholder": ["sam", "sue"]}}
    world = make({"approvals": {"acceptance": two, "readiness": []}, TEAMS_KEY: teams})
    release = await asked(world)
    await perform(release, f"{STAKEHOLDER}_2")
    await awake(world, release, at(2, 13))
    await perform(release, f"{STAKEHOLDER}_2")
    assert sorted(line["to"] for line in said(world)) == [["sam"], ["sue"]]


async def test_where_nobody_there_may_sign_the_captain_is_told_at_once(make: Any) -> None:
    world = make({**ALONE, TEAMS_KEY: {"roles": {"stakeholder": ["ines"]}}})
    release = await asked(world)
    await awake(world, release, at(2, 9, 1))
    (escalated,) = world.events(release, "seat.escalated")
    assert "nobody" in escalated["person"]


class Silent:
    """A channel that does not answer."""

    visible_within, deadline = 0.0, 1.0

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        raise VendorUnavailable("the channel is down")

    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        raise VendorUnavailable("the channel is down")

    async def edit(self, ref: MessageRef, message: Message) -> None:
        raise VendorUnavailable("the channel is down")


async def test_a_channel_that_does_not_answer_holds_no_gate_up(make: Any) -> None:
    world = make(ALONE)
    release = await asked(world)
    release.ports._built["messages"] = (Silent(),)
    world.clock.at = at(2, 13)
    result = await perform(release, STAKEHOLDER)
    assert isinstance(result, Ask)
    assert result.until == at(2, 13, 15), "tried again later"
    assert not world.events(release, "seat.reminded")
    say(world, release, STAKEHOLDER, "Approve", "sam")
    assert isinstance(await perform(release, STAKEHOLDER), Done)


async def given_up(world: World) -> Release:
    release = await asked(world)
    await awake(world, release, at(4, 9))
    assert isinstance(await perform(release, STAKEHOLDER), Done)
    return release


async def test_running_out_of_time_is_not_an_approval(make: Any) -> None:
    """Elsewhere a timed-out approval that is marked passes; here nobody sits in the seat."""
    world = make(PATIENT)
    release = await given_up(world)
    assert isinstance(await perform(release, GATE), Ask)
    assert isinstance(await perform(release, STEP), Ask)
    assert not release.view.signatures
    assert world.exposed("1.4.0") == 0
    assert "nobody answered in time" in question(release, GATE).question["title"]


async def asked_again(world: World, release: Release) -> None:
    """The product manager has the silent seat asked once more."""
    await perform(release, GATE)
    say(world, release, GATE, "ask again", "mia", reason="sam is back")
    await perform(release, GATE)
    await perform(release, GATE)


async def test_the_product_manager_has_a_silent_seat_asked_again(make: Any) -> None:
    world = make(PATIENT)
    release = await given_up(world)
    await asked_again(world, release)
    assert question(release, STAKEHOLDER).question["facts"]["asked_again"] == 1
    await awake(world, release, at(4, 12))
    assert isinstance(await perform(release, STAKEHOLDER), Ask), "the time runs anew"
    say(world, release, STAKEHOLDER, "Approve", "sam")
    assert isinstance(await world.do(release, GATE), Done)


async def test_a_seat_that_stays_silent_is_given_up_again_and_asked_about_again(make: Any) -> None:
    world = make(PATIENT)
    release = await given_up(world)
    await asked_again(world, release)
    await awake(world, release, at(9, 9))
    await perform(release, GATE)
    assert question(release, GATE).question["facts"]["round"] == 1


@pytest.mark.parametrize("option, outcome", [("postpone", "postponed"), ("cancel", "cancelled")])
async def test_silence_may_end_the_release(make: Any, option: str, outcome: str) -> None:
    world = make(PATIENT)
    world.silent.add(STAKEHOLDER)
    world.reply(GATE, option, "mia", kind="unanswered", reason="nobody is there")
    release = opened(world)
    await world.run(release)
    assert release.view.outcome == outcome
    assert world.exposed("1.4.0") == 0


async def test_a_signature_that_comes_late_counts_as_any_other(make: Any) -> None:
    world = make(PATIENT)
    release = await given_up(world)
    late = next(a for a in release.view.questions.values() if a.question["task"] == STAKEHOLDER)
    await perform(release, GATE)
    world.answer(release, late, Reply(STAKEHOLDER, "Approve", "sam"))
    assert isinstance(await world.do(release, GATE), Done)
