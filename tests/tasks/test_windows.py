"""A region's window: what it waits for and until when, overrides, calendars that change, the edge.

The world's release is for a Tuesday at 10:00 UTC; its regions are open on weekdays, 10 to 16.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tasks import shop
from tests.tasks.world import DAY_0, World
from windlass.errors import InputError
from windlass.spec.product import Product
from windlass.tasks.overriding import override
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Skip, Wait
from windlass.tasks.teams import publish
from windlass.tasks.verbs import cancel

EU = "execution.production.eu"
WINDOW = ("execution.production.window",)
ROLLOUT = (
    "validation.cut",
    "validation.candidate",
    "execution.open",
    "execution.production.window",
    "execution.production.step",
    "execution.production.judge",
    "execution.watch",
)
AUDIT = {
    "name": "audit",
    "from": "2026-03-10T00:00:00",
    "until": "2026-03-12T00:00:00",
    "reason": "the auditors are here",
    "owner": "sam",
    "override": ["product_manager"],
}


def settings(*freezes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "(calendar)": {"windows": "mon-fri 10:00-16:00", "freezes": list(freezes)},
        "approvals": {"acceptance": ["stakeholder"], "readiness": []},
        **changes,
    }


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def edited(world: World, templates: Path, changes: dict[str, Any]) -> Product:
    """The files were edited, and some process that sees them has published them."""
    product = shop.product(templates, json.dumps(changes))
    publish(world.ledger, product, at=world.clock.now())
    return product


async def look(world: World, release: Release, at: datetime = DAY_0) -> Result:
    """What eu's window says at an instant."""
    world.clock.at = at
    return await perform(release, f"{EU}.window")


async def test_a_frozen_region_says_what_it_waits_for_whom_to_ask_and_until_when(
    make: Any,
) -> None:
    world = make(settings(AUDIT))
    release = world.open(rows=WINDOW)
    result = await look(world, release)
    assert isinstance(result, Wait)
    assert result.until == utc("2026-03-12T10:00")
    for part in (
        "freeze audit (the auditors are here)",
        "ask sam",
        "waits until Thu 2026-03-12 10:00 UTC",
    ):
        assert part in result.reason
    (waiting,) = world.events(release, "task.waiting")
    assert waiting["reason"] == result.reason
    assert waiting["until"] == "2026-03-12T10:00:00+00:00"
    assert isinstance(await look(world, release, result.until), Done)


async def test_before_day_0_it_waits_for_day_0(make: Any) -> None:
    world = make(settings())
    release = world.open(rows=WINDOW)
    result = await look(world, release, DAY_0 - timedelta(hours=1))
    assert isinstance(result, Wait)
    assert (result.until, result.every) == (DAY_0, 0)
    assert result.reason == "waits for Day 0, Tue 2026-03-10 10:00 UTC"


async def test_a_freeze_that_is_added_over_day_0_is_said_before_day_0(
    make: Any, templates: Path
) -> None:
    world = make(settings())
    release = world.open(rows=WINDOW)
    before = await look(world, release, DAY_0 - timedelta(days=3))
    assert isinstance(before, Wait)
    edited(world, templates, settings(AUDIT))
    heads = world.ledger.heads(before.also)
    assert any(heads[name].seq > seq for name, seq in before.also.items() if name in heads)
    after = await look(world, release, DAY_0 - timedelta(days=3))
    assert isinstance(after, Wait)
    assert after.until == DAY_0
    for part in ("closed then: freeze audit", "ask sam", "it opens Thu 2026-03-12 10:00 UTC"):
        assert part in after.reason


async def test_a_freeze_that_is_added_holds_at_once_and_the_wait_ends_when_it_is(
    make: Any, templates: Path
) -> None:
    """Harness: a blackout that was edited while it was active did not reach what was waiting."""
    world = make(settings(AUDIT))
    release = world.open(rows=WINDOW)
    before = await look(world, release)
    assert isinstance(before, Wait)
    edited(world, templates, settings({**AUDIT, "until": "2026-03-13T00:00:00"}))
    heads = world.ledger.heads(before.also)
    assert any(heads[name].seq > seq for name, seq in before.also.items() if name in heads)
    after = await look(world, release)
    assert isinstance(after, Wait)
    assert after.until == utc("2026-03-13T10:00")


async def test_a_freeze_that_is_taken_away_still_holds_for_the_release_that_opened_under_it(
    make: Any, templates: Path
) -> None:
    """Digital.ai: what a blackout had postponed stayed postponed after the blackout was deleted.

    Here the open release goes on keeping the rule it opened with, unless somebody overrides it by
    name; one that starts anew is free.
    """
    world = make(settings(AUDIT))
    release = world.open(rows=WINDOW)
    world.product = edited(world, templates, settings()).model_copy(
        update={"root": world.product.root}
    )
    held = await look(world, release)
    assert isinstance(held, Wait)
    assert "freeze audit" in held.reason
    cancel(release, by="mia", reason="the audit")
    again = world.open(rows=WINDOW, run="run-2")
    assert isinstance(await look(world, again), Done)


async def test_hours_that_are_cut_hold_at_once_and_longer_ones_do_not(
    make: Any, templates: Path
) -> None:
    world = make(settings())
    release = world.open(rows=WINDOW)
    evening = DAY_0 + timedelta(hours=7)

    def with_window(text: str) -> dict[str, Any]:
        regions = [
            {"regions": {name: {"url": f"http://{name}", "window": text}}} for name in ("eu", "us")
        ]
        return settings(
            environments=[
                {"staging": {"live": False, "url": "http://staging"}},
                {"production": {"live": True, "waves": regions}},
            ]
        )

    edited(world, templates, with_window("mon-fri 12:00-14:00"))
    tighter = await look(world, release)
    assert isinstance(tighter, Wait)
    assert tighter.until == utc("2026-03-10T12:00")
    edited(world, templates, with_window("always"))
    looser = await look(world, release, evening)
    assert isinstance(looser, Wait)
    assert looser.until == utc("2026-03-11T10:00")
    assert isinstance(await look(world, release, looser.until), Done)


async def test_an_override_with_role_and_reason_lets_this_one_release_through(make: Any) -> None:
    world = make(settings(AUDIT))
    release, other = world.open(rows=WINDOW), world.open(rows=WINDOW, run="run-2")
    await look(world, release)
    seen = release.view.seq
    override(release, "audit", by="mia", reason="the auditors agreed")
    assert release.view.seq > seen  # which is what wakes the waiting task
    (written,) = world.events(release, "freeze.overridden")
    assert written["role"] == "product_manager"
    assert written["reason"] == "the auditors agreed"
    assert isinstance(await look(world, release), Done)
    assert isinstance(await look(world, other), Wait)


@pytest.mark.parametrize(
    "who,what,reason,said",
    [
        ("dev", "audit", "I want to", "audit is overridden by product_manager only"),
        ("nobody", "audit", "I want to", "nobody holds no role"),
        ("mia", "audits", "the auditors agreed", "no freeze, holiday or window called 'audits'"),
        ("mia", "audit", " ", "an override needs a reason"),
        ("ops", "window", "tonight", "window is overridden by product_manager only"),
    ],
)
async def test_an_override_is_refused_without_its_role_its_name_or_a_reason(
    make: Any, who: str, what: str, reason: str, said: str
) -> None:
    world = make(settings(AUDIT))
    release = world.open(rows=WINDOW)
    with pytest.raises(InputError, match=said):
        override(release, what, by=who, reason=reason)
    assert not world.events(release, "freeze.overridden")


async def test_an_override_ends_with_its_time_and_with_the_role_it_was_given_in(
    make: Any, templates: Path
) -> None:
    """Azure DevOps #13745: an approver who had lost the role went on counting."""
    world = make(settings(AUDIT))
    release = world.open(rows=WINDOW)
    world.clock.at = DAY_0
    override(release, "audit", by="mia", reason="agreed", until=DAY_0 + timedelta(hours=2))
    late = await look(world, release, DAY_0 + timedelta(hours=2))
    assert isinstance(late, Wait)
    override(release, "audit", by="mia", reason="agreed")
    teams = {"(teams)": {"roles": {"product_manager": "sue"}}}
    edited(world, templates, {**settings(AUDIT), **teams})
    again = world.take_up(release.id)
    assert isinstance(await look(world, again, world.clock.at), Wait)


async def test_an_emergency_passes_a_freeze_and_its_reason_is_the_override(make: Any) -> None:
    world = make(settings(AUDIT))
    release = world.open("emergency", rows=WINDOW, day_0=None, reason="security", note="CVE")
    assert isinstance(await look(world, release), Done)
    (written,) = world.events(release, "freeze.overridden")
    assert written["target"] == "audit"
    assert written["reason"] == "security. CVE"
    assert world.ledger.events(release.id)[-2].by == "ines"


async def test_an_opening_that_is_too_short_for_the_p90_of_the_rollout_is_let_pass(
    make: Any,
) -> None:
    world = make(
        settings(rollout={"bake": {"time": "1 h", "longest": "3 h"}, "later_steps": [100]})
    )
    release = world.open(rows=ROLLOUT[3:6], day_0=None)
    at = DAY_0 + timedelta(hours=4)
    waits = await look(world, release, at)
    assert isinstance(waits, Wait)
    assert "open until Tue 2026-03-10 16:00 UTC" in waits.reason
    assert "(P90)" in waits.reason
    assert waits.until == utc("2026-03-11T10:00")


async def test_no_opening_that_is_long_enough_is_said_and_not_waited_for_silently(
    make: Any,
) -> None:
    world = make(settings(rollout={"bake": {"time": "9 h", "longest": "12 h"}}))
    release = world.open(rows=ROLLOUT[3:6], day_0=None)
    waits = await look(world, release)
    assert isinstance(waits, Wait)
    assert "no opening that is known holds the" in waits.reason
    assert waits.until is None


async def through(world: World, release: Release, task: str) -> Result:
    """Perform a task again each time its wait is over."""
    while isinstance(result := await perform(release, task), Wait):
        world.clock.pass_(result.every or 60)
    return result


async def at_the_first_step(make: Any, at_close: str, **freeze: Any) -> tuple[World, Release]:
    """A release whose eu region shows the new version to 10 % when the freeze begins."""
    world = make(settings({**AUDIT, **freeze}, rollout={"at_close": at_close}))
    release = world.open(rows=ROLLOUT, day_0=None)
    world.clock.at = utc("2026-03-09T12:00")
    assert isinstance(await through(world, release, f"{EU}.judge_10"), Done)
    world.clock.at = DAY_0
    return world, release


async def test_at_close_finish_wave_lets_a_region_that_has_begun_end(make: Any) -> None:
    world, release = await at_the_first_step(make, "finish_wave")
    assert isinstance(await through(world, release, f"{EU}.judge_100"), Done)
    us = await perform(release, "execution.production.us.window")
    assert isinstance(us, Wait)
    assert "production/us is closed: freeze audit" in us.reason
    assert world.deployments.state("production/us").share("1.4.0") == 0


async def test_at_close_hold_stays_at_the_step_until_the_window_opens_again(make: Any) -> None:
    world, release = await at_the_first_step(make, "hold")
    held = await perform(release, f"{EU}.step_100")
    assert isinstance(held, Wait)
    assert "production/eu stays at 10 %: freeze audit" in held.reason
    assert held.until == utc("2026-03-12T10:00")
    assert world.deployments.state("production/eu").share("1.4.0") == 10
    world.clock.at = held.until
    assert isinstance(await perform(release, f"{EU}.step_100"), Done)


@pytest.mark.parametrize("task", [f"{EU}.step_100", "execution.watch"])
async def test_at_close_revert_takes_every_region_back_whoever_looks_first(
    make: Any, task: str
) -> None:
    world, release = await at_the_first_step(make, "revert")
    result = await perform(release, task)
    assert isinstance(result, Fail)
    assert "closed before its rollout was done: freeze audit" in result.reasons[0]
    assert world.exposed("1.4.0") == 0
    assert release.view.closed is not None


async def test_the_judge_that_looks_finds_the_closed_window_too(make: Any) -> None:
    world = make(settings(AUDIT, rollout={"at_close": "revert"}))
    release = world.open(rows=ROLLOUT, day_0=None)
    world.clock.at = utc("2026-03-09T12:00")
    assert isinstance(await through(world, release, f"{EU}.step_10"), Done)
    world.clock.at = DAY_0
    result = await perform(release, f"{EU}.judge_10")
    assert isinstance(result, Fail)
    assert world.exposed("1.4.0") == 0
    assert isinstance(await perform(release, f"{EU}.step_100"), Skip)


async def test_a_rollback_in_the_middle_of_a_freeze_is_not_held_up(make: Any) -> None:
    """Kargo: a freeze also stopped the rollback out of it."""
    from windlass.tasks.verbs import abort

    world, release = await at_the_first_step(make, "finish_wave")
    await abort(release, by="ops", reason="users complain")
    assert world.exposed("1.4.0") == 0
