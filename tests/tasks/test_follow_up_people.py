"""What people are asked after a release: do features work, how was it, may it close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.after import QUICK, go, messages, released, rolled_back
from tests.tasks.test_follow_up_trouble import incident
from tests.tasks.world import World
from windlass.tasks.follow_up.owing import owed_reviews
from windlass.tasks.perform import perform
from windlass.tasks.results import Ask, Done

Make = Callable[..., World]
FEATURES, REVIEW, CLOSE = "follow_up.verify_features", "follow_up.review", "follow_up.close"


@pytest.fixture
def quick(make: Make) -> World:
    return make(QUICK)


async def test_the_form_lists_every_item_and_ticks_what_a_check_spoke_for(quick: World) -> None:
    release = await released(quick, "execution.production.validate", FEATURES)
    result = await perform(release, FEATURES)
    assert isinstance(result, Ask)
    facts = result.question.facts
    assert [(item["key"], item["ticked"]) for item in facts["items"]] == [
        ("SHOP-12", True),
        ("SHOP-14", True),
    ]
    assert [field.name for field in result.question.fields] == ["failed_items", "notes"]
    quick.reply(FEATURES, "checked", "mia", notes="fine")
    done = await go(quick, release, FEATURES)
    assert isinstance(done, Done)
    assert done.evidence["features"] == {"SHOP-12": "works", "SHOP-14": "works"}


async def test_an_item_that_does_not_exist_is_asked_again_with_what_is_allowed(
    quick: World,
) -> None:
    release = await released(quick, FEATURES)
    first = await perform(release, FEATURES)
    quick.reply(FEATURES, "checked", "mia", failed_items="SHOP-1, SHOP-12")
    quick.answer(release, release.view.open_questions()[0], quick.replies[0])
    again = await perform(release, FEATURES)
    assert isinstance(again, Ask)
    assert again.question.id != first.question.id
    assert again.question.facts["problem"] == "SHOP-1: no such item; allowed: SHOP-12, SHOP-14"


async def test_an_item_that_does_not_work_is_red_until_it_works(quick: World) -> None:
    release = await released(quick, FEATURES)
    quick.reply(FEATURES, "checked", "mia", kind="form", failed_items="shop-12 SHOP-12")
    quick.replies[0] = quick.replies[0].__class__(
        FEATURES, "checked", "mia", {"failed_items": "SHOP-12", "notes": "no text"}, "form"
    )
    red = await go(quick, release, FEATURES)
    assert isinstance(red, Ask)
    assert red.question.facts["reasons"] == ["SHOP-12 does not work, says mia: no text"]
    quick.replies.clear()
    quick.reply(FEATURES, "checked", "mia", kind="form")
    quick.reply(FEATURES, "run again", "mia", kind="red_check")
    assert isinstance(await go(quick, release, FEATURES), Done)


async def test_automatic_verification_needs_a_check_that_passed(make: Make) -> None:
    settings = {"verify_features": "automatic"}
    world = make({"release_types": {"minor": {"follow_up": settings}, "major": True}})
    release = await released(world, FEATURES)
    red = await perform(release, FEATURES)
    assert isinstance(red, Ask)
    assert red.question.facts["outcome"] == "INCONCLUSIVE"
    other = make({"release_types": {"minor": {"follow_up": settings}, "major": True}})
    checked = await released(other, "execution.production.validate", FEATURES)
    done = await perform(checked, FEATURES)
    assert isinstance(done, Done)
    assert done.evidence["features"]["SHOP-12"] == "works"


async def test_actions_of_the_review_become_issues_of_their_owners_once_each(
    quick: World,
) -> None:
    release = await released(quick, REVIEW)
    said = {"went_well": "all", "went_badly": "slow", "actions": "- dev: cache it\nops: alert"}
    quick.reply(REVIEW, "reviewed", "mia", **said)
    result = await go(quick, release, REVIEW)
    assert isinstance(result, Done)
    assert [(a["owner"], a["issue"]) for a in result.evidence["actions"]] == [
        ("dev", "SHOP-15"),
        ("ops", "SHOP-16"),
    ]
    assert "assignee: dev" in (quick.root / "issues/SHOP-15.md").read_text()
    assert isinstance(await perform(release, REVIEW), Done)
    assert len(list((quick.root / "issues").glob("*.md"))) == 4


async def test_an_action_without_an_owner_is_asked_again(quick: World) -> None:
    release = await released(quick, REVIEW)
    await perform(release, REVIEW)
    said = {"went_well": "x", "went_badly": "y", "actions": "zoe: pray"}
    quick.reply(REVIEW, "reviewed", "mia", **said)
    quick.answer(release, release.view.open_questions()[0], quick.replies[0])
    again = await perform(release, REVIEW)
    assert isinstance(again, Ask)
    assert again.question.facts["problem"].startswith("'zoe: pray' is no action")


async def test_a_review_that_nobody_holds_is_owed_and_holds_nothing_up(quick: World) -> None:
    release = await released(quick, REVIEW)
    asked = await perform(release, REVIEW)
    assert isinstance(asked, Ask)
    assert asked.until is not None
    quick.clock.at = asked.until - timedelta(seconds=1)
    assert isinstance(await perform(release, REVIEW), Ask)
    quick.clock.at = asked.until
    done = await perform(release, REVIEW)
    assert isinstance(done, Done)
    assert done.evidence["held"] is False
    assert [owed.owner for owed in owed_reviews(quick.ledger, "shop")] == ["mia"]
    assert any("nobody held it" in subject for subject in messages(quick))


async def test_the_next_review_sees_the_actions_of_the_last_one(quick: World) -> None:
    first = await released(quick, REVIEW)
    said = {"went_well": "all", "went_badly": "slow", "actions": "dev: cache it"}
    quick.reply(REVIEW, "reviewed", "mia", **said)
    await go(quick, first, REVIEW)
    quick.replies.clear()
    quick.clock.pass_(60)
    quick.repository().commit("feat: more (SHOP-12)", "more.py")
    second = await released(quick, REVIEW, run="run-2")
    asked = await perform(second, REVIEW)
    assert isinstance(asked, Ask)
    assert [a["text"] for a in asked.question.facts["carried_over"]] == ["cache it"]


async def test_a_rollback_is_reviewed_too(quick: World) -> None:
    release = await rolled_back(quick, REVIEW)
    assert isinstance(await perform(release, REVIEW), Ask)


async def test_closing_publishes_distributes_and_shelves_the_version(quick: World) -> None:
    quick.issue("SHOP-13", "Not ready", version="1.4.0", status="open")
    release = await released(quick, CLOSE)
    result = await go(quick, release, CLOSE)
    assert isinstance(result, Done), result
    states = {name: each["state"] for name, each in result.evidence["exit_conditions"].items()}
    assert states == {
        "in_production": "met",
        "monitored": "not applicable",
        "no_critical": "met",
        "told": "met",
        "documented": "met",
    }
    assert result.evidence["exceptions"] == []
    assert await release.ports.tracker.is_released("1.4.0")
    assert 'version: "1.4.0"' in (quick.root / "issues/SHOP-12.md").read_text().replace("'", '"')
    assert "the final documents" in messages(quick)[-1]
    assert (quick.root / "documents/shop/run-1/release-notes.md").exists()


async def test_closing_waits_while_something_critical_is_open_and_goes_on_by_itself(
    quick: World,
) -> None:
    release = await released(quick, CLOSE)
    incident(quick, "INC-7")
    asked = await perform(release, CLOSE)
    assert isinstance(asked, Ask)
    assert list(asked.question.facts["unmet"]) == ["no_critical"]
    assert "INC-7 (high)" in asked.question.facts["unmet"]["no_critical"]
    assert isinstance(await perform(release, CLOSE), Ask)
    (quick.root / "incidents/INC-7.json").unlink()
    assert isinstance(await perform(release, CLOSE), Done)


async def test_closing_earlier_takes_an_exception_with_a_name_and_a_reason(quick: World) -> None:
    release = await released(quick, CLOSE)
    incident(quick, "INC-7")
    quick.reply(CLOSE, "close with exception", "mia", reason="known, harmless")
    result = await go(quick, release, CLOSE)
    assert isinstance(result, Done)
    (exception,) = result.evidence["exceptions"]
    assert exception.startswith("no_critical: open: INC-7")
    assert exception.endswith("mia: known, harmless")


async def test_an_exception_covers_only_what_it_was_given_for(make: Make) -> None:
    world = make(QUICK)
    release = await released(world, CLOSE)
    incident(world, "INC-7")
    await perform(release, CLOSE)
    world.reply(CLOSE, "close with exception", "mia", reason="known")
    world.answer(release, release.view.open_questions()[0], world.replies[0])
    world.replies.clear()
    incident(world, "INC-8", severity="critical")
    again = await perform(release, CLOSE)
    assert isinstance(again, Ask)
    assert "INC-8 (critical)" in again.question.facts["unmet"]["no_critical"]
    (world.root / "incidents/INC-8.json").unlink()
    assert isinstance(await perform(release, CLOSE), Done)


async def test_a_mitigated_issue_holds_nothing_up(quick: World) -> None:
    release = await released(quick, CLOSE)
    fields: dict[str, Any] = {"kind": "bug", "severity": "critical", "found_in": "1.4.0"}
    quick.issue("SHOP-20", "Cannot pay", status="open", **fields)
    assert isinstance(await perform(release, CLOSE), Ask)
    quick.issue("SHOP-20", "Cannot pay", status="mitigated", **fields)
    assert isinstance(await perform(release, CLOSE), Done)
