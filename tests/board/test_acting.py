"""What people do on a page, with the ports behind it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tasks import shop
from tests.tasks.conftest import make, migrated, templates, world  # noqa: F401 - fixtures
from tests.tasks.world import LIVE, World
from windlass.board.acting import Actor
from windlass.errors import InputError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.exposing import expose
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Wait
from windlass.tasks.teams import publish

EU = "production/eu"


@pytest.fixture
async def exposed(world: World) -> Release:  # noqa: F811
    """A release that a tenth of the users of one region sees."""
    release = world.open(rows=("execution.production.step",))
    new = world.artifact("1.4.0")
    release.record("version.fixed", version=new.version)
    step: PlannedTask = release.plan.rows("execution.production.step")[0]
    await expose(release, step, EU, new, 10.0)
    return release


def actor(world: World, user: str) -> Actor:  # noqa: F811
    connect: Any = world.ports
    return Actor(world.ledger, connect, user)


def test_an_abort_takes_the_version_away_from_users_at_once(
    world: World,  # noqa: F811
    exposed: Release,
) -> None:
    assert world.exposed("1.4.0") == 10.0
    actor(world, "ops").use(exposed.id, "abort", {"reason": "the shop is slow"})
    assert world.exposed("1.4.0") == 0.0
    assert world.deployments.state(EU).stable == LIVE
    assert exposed.view.over == "this release is rolled back: aborted by ops: the shop is slow"


def test_an_abort_by_somebody_without_the_role_moves_nothing(
    world: World,  # noqa: F811
    exposed: Release,
) -> None:
    with pytest.raises(InputError, match="quinn may not abort"):
        actor(world, "quinn").use(exposed.id, "abort", {"reason": "the shop is slow"})
    assert world.exposed("1.4.0") == 10.0
    assert exposed.view.over is None


def test_what_users_see_is_not_cancelled(world: World, exposed: Release) -> None:  # noqa: F811
    with pytest.raises(InputError, match="abort, not cancel"):
        actor(world, "mia").use(exposed.id, "cancel", {"reason": "not wanted"})
    assert exposed.view.over is None


WINDOW = "execution.production.eu.window"
OPEN: dict[str, Any] = {
    "(calendar)": {"windows": "always"},
    "approvals": {"acceptance": ["stakeholder"], "readiness": []},
}


async def closed(make: Any, templates: Path) -> tuple[World, Release]:  # noqa: F811
    """A planned release that waits at its window, for a freeze that was added; it is now there."""
    world = make(OPEN)  # noqa: F811
    world.clock.at = datetime.now(UTC)
    day_0 = world.clock.at + timedelta(hours=1)
    release = world.open(rows=("planning.timeline", "execution.production.window"), day_0=day_0)
    assert isinstance(await world.do(release, "planning.timeline"), Done)
    today = world.clock.at.date()
    freeze = {
        "name": "audit",
        "from": today.isoformat(),
        "until": (today + timedelta(days=3)).isoformat(),
        "reason": "the auditors are here",
        "owner": "sam",
        "override": ["product_manager"],
    }
    calendar = {"windows": "always", "freezes": [freeze]}
    frozen = shop.product(templates, json.dumps({**OPEN, "(calendar)": calendar}))
    publish(world.ledger, frozen, at=world.clock.at)
    world.clock.at = day_0
    assert isinstance(await perform(release, WINDOW), Wait)
    return world, release


async def pressed(world: World, user: str, release: Release, verb: str, **form: str) -> None:  # noqa: F811
    """A button, as the page's server presses it: in a thread of its own."""
    await asyncio.to_thread(actor(world, user).use, release.id, verb, form)


async def test_a_postponement_moves_day_0_and_what_was_announced(
    make: Any,  # noqa: F811
    templates: Path,  # noqa: F811
) -> None:
    world, release = await closed(make, templates)  # noqa: F811
    to = f"{world.clock.at + timedelta(days=9):%Y-%m-%d}T11:00"
    await pressed(world, "mia", release, "postpone", reason="the fair", to=to)
    moved = datetime.fromisoformat(to).replace(tzinfo=UTC)
    assert release.view.day_0 == release.view.milestones["production"] == moved
    (event,) = world.events(release, "day_0.moved")
    assert event["reason"] == "the fair"


async def test_without_an_instant_a_postponement_takes_the_next_opening(
    make: Any,  # noqa: F811
    templates: Path,  # noqa: F811
) -> None:
    world, release = await closed(make, templates)  # noqa: F811
    await pressed(world, "mia", release, "postpone", reason="the fair")
    assert f"{release.view.day_0:%F %H:%M}" == f"{datetime.now(UTC) + timedelta(days=4):%F} 00:00"


async def test_an_override_opens_the_window_of_this_release(
    make: Any,  # noqa: F811
    templates: Path,  # noqa: F811
) -> None:
    world, release = await closed(make, templates)  # noqa: F811
    await pressed(world, "mia", release, "override", reason="they agreed", target="audit")
    (event,) = world.events(release, "freeze.overridden")
    assert (event["role"], event["reason"]) == ("product_manager", "they agreed")
    assert isinstance(await perform(release, WINDOW), Done)


@pytest.mark.parametrize(
    "user, verb, form, said",
    [
        ("quinn", "postpone", {"reason": "r"}, "quinn may not postpone"),
        ("mia", "postpone", {"reason": " "}, "postpone needs a reason"),
        ("mia", "postpone", {"reason": "r", "to": "soon"}, "'soon' is not a date with a time"),
        ("mia", "postpone", {"reason": "r", "to": "2026-03-02T10:00"}, "is past"),
        ("quinn", "override", {"reason": "r", "target": "audit"}, "overridden by product_manager"),
        ("mia", "override", {"reason": "", "target": "audit"}, "an override needs a reason"),
        ("mia", "override", {"reason": "r"}, "an override needs a target"),
        ("mia", "override", {"reason": "r", "target": "audits"}, "called 'audits'"),
    ],
)
async def test_without_role_reason_or_a_sensible_target_neither_is_done(
    make: Any,  # noqa: F811
    templates: Path,  # noqa: F811
    user: str,
    verb: str,
    form: dict[str, str],
    said: str,
) -> None:
    world, release = await closed(make, templates)  # noqa: F811
    before = release.view.seq
    with pytest.raises(InputError, match=said):
        await pressed(world, user, release, verb, **form)
    assert release.view.seq == before
