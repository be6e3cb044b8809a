"""An emergency that another release asked for waits for the on-call, and closes by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.test_gates import question, say
from tests.tasks.world import World
from windlass.errors import InputError
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done

OPEN, STEP = "planning.open", "execution.production.eu.step_10"
ROWS = ("planning.scope", "validation.cut", "validation.candidate", "execution.production.step")


def asked_for(world: World, **inputs: Any) -> Release:
    """What a release that failed starts: Airflow's service user triggers it, nobody named a fix."""
    known = {"reason": "hotfix", "by": "airflow", "note": "1.4.0 was rolled back"}
    return world.open(
        "emergency",
        rows=ROWS,
        day_0=None,
        **{**known, "hotfix_for": "shop.minor/run-1", **inputs},
    )


def subjects(world: World) -> list[str]:
    path = world.root / "messages.jsonl"
    return path.read_text().splitlines() if path.exists() else []


async def test_it_waits_for_the_on_call_and_nothing_starts_before(world: World) -> None:
    release = asked_for(world)
    assert isinstance(await perform(release, OPEN), Ask)
    for task in ("planning.scope", "validation.cut", STEP):
        assert isinstance(await perform(release, task), Ask), task
    asked = question(release, OPEN).question
    assert (asked["kind"], asked["roles"]) == ("start", ["on_call"])
    assert asked["facts"]["asked_for_by"] == "shop.minor/run-1"
    assert release.view.scope is None


async def test_the_on_call_names_the_fix_and_it_is_cut_from_that(world: World) -> None:
    release = asked_for(world)
    repository = world.repository()
    repository.git("checkout", "--quiet", "-b", "fix-payment", "v1.3.0")
    sha = repository.commit("fix: pay again (SHOP-14)", "pay.py")
    await perform(release, OPEN)
    with pytest.raises(InputError, match="on_call: ops"):
        say(world, release, OPEN, "start", "mia", fix="fix-payment")
    with pytest.raises(InputError, match="needs 'fix'"):
        say(world, release, OPEN, "start", "ops")
    say(world, release, OPEN, "start", "ops", fix="fix-payment")
    assert isinstance(await perform(release, OPEN), Done)
    assert isinstance(await world.do(release, "validation.cut"), Done)
    assert release.view.scope is not None
    assert release.view.scope["sha"] == sha
    (begun,) = [e for e in world.ledger.events(release.id) if e.type == "release.started"]
    assert (begun.by, begun.data["fix"]) == ("ops", "fix-payment")


@pytest.mark.parametrize("fix", ["nowhere", "--upload-pack=x", "a b", "../../etc"])
async def test_a_fix_that_does_not_exist_is_asked_for_again(world: World, fix: str) -> None:
    release = asked_for(world)
    await perform(release, OPEN)
    say(world, release, OPEN, "start", "ops", fix=fix)
    assert isinstance(await perform(release, OPEN), Ask)
    assert fix in question(release, OPEN).question["facts"]["note"]
    say(world, release, OPEN, "start", "ops", fix="main")
    assert isinstance(await perform(release, OPEN), Done)


async def test_unanswered_for_a_day_it_says_so_and_closes(world: World) -> None:
    release = asked_for(world)
    began = world.clock.at
    await world.run(release)
    assert release.view.outcome == "cancelled"
    assert release.view.ending is not None
    assert "nobody started it within 24 hours" in release.view.ending["reason"]
    assert world.clock.at - began < timedelta(hours=25)
    assert any("closed, not needed" in line for line in subjects(world))
    assert len(world.events(release, "seat.reminded")) == 23, "every hour, day and night"
    assert [e["to"] for e in world.events(release, "seat.escalated")] == [["mia"]]


async def test_the_on_call_may_say_that_it_is_not_needed(world: World) -> None:
    release = asked_for(world)
    world.reply(OPEN, "not needed", "ops", reason="the rollback was enough")
    await world.run(release)
    assert release.view.outcome == "cancelled"
    assert release.view.ending is not None
    assert release.view.ending["by"] == "ops"


async def test_a_bad_name_does_not_buy_more_time(world: World) -> None:
    release = asked_for(world)
    await perform(release, OPEN)
    world.clock.pass_(20 * 3600)
    say(world, release, OPEN, "start", "ops", fix="nowhere")
    assert isinstance(await perform(release, OPEN), Ask)
    world.clock.pass_(5 * 3600)
    assert isinstance(await perform(release, OPEN), Done)
    assert release.view.over is not None


async def test_who_starts_an_emergency_in_person_is_asked_nothing(world: World) -> None:
    release = asked_for(world, by="ines")
    assert isinstance(await perform(release, OPEN), Done)
