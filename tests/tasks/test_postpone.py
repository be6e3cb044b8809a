"""Postponing moves everything that was announced; ending closes everything that was opened."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tasks import shop
from tests.tasks.world import DAY_0, World
from windlass.errors import InputError, TerminalError
from windlass.ports.announcements import Maintenance
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Wait
from windlass.tasks.teams import publish
from windlass.tasks.verbs import cancel, postpone

PLANNED = (
    "planning.timeline",
    "planning.enablement",
    "planning.notify",
    "planning.review",
    "planning.change",
)
ROOMS = ("review", "briefing")
WINDOW = "execution.production.eu.window"
LATER = datetime(2026, 3, 12, 10, tzinfo=UTC)
CHANGES: dict[str, Any] = {
    "(calendar)": {"windows": "mon-thu 10:00-16:00"},
    "approvals": {"acceptance": ["stakeholder"], "readiness": []},
}


async def planned(make: Any, **changes: Any) -> tuple[World, Release]:
    """A release whose plan is in calendars, on the status page and in a change request."""
    world = make({**CHANGES, **changes})
    world.reply("planning.enablement", "we are ready", "sue", "form")
    release = world.open(rows=(*PLANNED, "execution.production.window"))
    for task in PLANNED:
        assert isinstance(await world.do(release, task), Done)
    await release.ports.status_page.publish(
        Maintenance(release.id, "Shop", "soon", "scheduled", DAY_0, DAY_0 + timedelta(hours=2))
    )
    return world, release


def change_of(world: World) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(change_file(world).read_text())
    return found


def change_file(world: World) -> Path:
    (file,) = [f for f in (world.root / "changes").iterdir() if f.suffix in (".yaml", ".json")]
    return file


async def test_everything_that_was_announced_moves_with_day_0(make: Any) -> None:
    world, release = await planned(make)
    review = (await release.ports.calendar.read(f"{release.id}/review")).starts
    at = await postpone(release, by="mia", reason="the fair", to=LATER)
    assert at == release.view.day_0 == LATER
    assert release.view.outcome is None
    assert release.view.milestones["production"] == LATER
    shown = await release.ports.calendar.read(f"{release.id}/production")
    assert shown.starts == LATER
    moved = (await release.ports.calendar.read(f"{release.id}/review")).starts
    assert moved - review == LATER - DAY_0
    booked = {n: await release.ports.meetings.read(f"{release.id}/{n}") for n in ROOMS}
    assert {name: meeting.starts for name, meeting in booked.items()} == {
        "review": moved,
        "briefing": LATER - timedelta(days=1),
    }
    page = await release.ports.status_page.read(release.id)
    assert (page.state, page.starts, page.ends) == ("scheduled", LATER, LATER + timedelta(hours=2))
    assert change_of(world)["note"] == f"Day 0 is now {LATER.isoformat()}: the fair"
    told = (world.root / "messages.jsonl").read_text()
    assert told.count(f"is postponed to {LATER.isoformat()}") == 1


async def test_the_release_waits_for_the_new_day_0_and_goes_on_then(make: Any) -> None:
    world, release = await planned(make)
    await postpone(release, by="mia", reason="the fair", to=LATER)
    world.clock.at = DAY_0
    waits = await perform(release, WINDOW)
    assert isinstance(waits, Wait)
    assert waits.until == LATER
    world.clock.at = LATER
    assert isinstance(await perform(release, WINDOW), Done)


async def test_a_region_that_was_about_to_begin_gives_its_lock_back(make: Any) -> None:
    world, release = await planned(make)
    world.clock.at = DAY_0
    assert isinstance(await perform(release, WINDOW), Done)
    await postpone(release, by="mia", reason="an outage", to=LATER)
    assert not [claim for claim in world.ledger.claims.all() if claim.stream == release.id]
    assert isinstance(await perform(release, WINDOW), Wait)


async def test_without_an_instant_it_moves_to_the_cadences_next_day_0_or_the_next_opening(
    make: Any,
) -> None:
    world, release = await planned(make)
    assert await postpone(release, by="mia", reason="r", to=None) == DAY_0 + timedelta(days=1)
    cadence = {"every": "2 weeks", "on": ["tue"], "at": "10:00", "zone": "UTC"}
    world = make({**CHANGES, "cadence": {**cadence, "anchor": "2026-03-10"}})
    release = world.open(rows=("execution.production.window",))
    assert await postpone(release, by="mia", reason="r", to=None) == DAY_0 + timedelta(days=14)


async def test_the_next_day_0_is_the_one_that_the_calendar_of_today_leaves(
    make: Any, templates: Path
) -> None:
    """A freeze was added over it since the release was opened."""
    cadence = {"every": "2 weeks", "on": ["tue"], "at": "10:00", "zone": "UTC"}
    changes = {**CHANGES, "cadence": {**cadence, "anchor": "2026-03-10"}}
    world = make(changes)
    release = world.open(rows=("execution.production.window",))
    freeze = {"name": "audit", "from": "2026-03-24", "until": "2026-03-24"}
    calendar = {
        **CHANGES["(calendar)"],
        "freezes": [{**freeze, "reason": "the auditors are here", "owner": "sam"}],
    }
    frozen = shop.product(templates, json.dumps({**changes, "(calendar)": calendar}))
    publish(world.ledger, frozen, at=world.clock.at)
    assert await postpone(release, by="mia", reason="r", to=None) == DAY_0 + timedelta(days=15)


async def test_where_production_is_never_closed_the_new_day_0_has_to_be_named(make: Any) -> None:
    _, release = await planned(make, **{"(calendar)": {"windows": "always"}})
    with pytest.raises(InputError, match=r"stays open from .*: name the new Day 0"):
        await postpone(release, by="mia", reason="r", to=None)


@pytest.mark.parametrize(
    "to,said",
    [
        (datetime(2026, 3, 13, 10, tzinfo=UTC), "nothing is released at .*opens 2026-03-16T10:00"),
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "is past"),
    ],
)
async def test_a_day_0_on_which_nothing_may_be_released_is_refused(
    make: Any, to: datetime, said: str
) -> None:
    _, release = await planned(make)
    with pytest.raises(InputError, match=said):
        await postpone(release, by="mia", reason="r", to=to)
    assert release.view.day_0 == DAY_0


async def test_what_could_not_be_told_is_told_before_the_window(make: Any) -> None:
    """Somebody broke the change request's file; it is mended later."""
    world, release = await planned(make)
    file = change_file(world)
    text = file.read_text()
    file.write_text(text.replace("approved", "unheard of"))
    with pytest.raises(TerminalError, match="unheard of"):
        await postpone(release, by="mia", reason="the fair", to=LATER)
    assert release.view.day_0 == LATER
    file.write_text(text)
    world.clock.pass_(3600)
    assert isinstance(await perform(release, WINDOW), Wait)
    assert change_of(world)["note"] == f"Day 0 is now {LATER.isoformat()}: the fair"
    assert (world.root / "messages.jsonl").read_text().count("is postponed to") == 1


@pytest.mark.parametrize("ending", ["cancel", "postponed by an answer"])
async def test_what_ends_before_production_is_never_reported_as_released(
    make: Any, ending: str
) -> None:
    world, release = await planned(make)
    if ending == "cancel":
        cancel(release, by="mia", reason="not needed")
    else:
        release.record("release.postponed", key="ending", by="mia", reason="not now", to=None)
    assert isinstance(await world.do(release, "execution.settle"), Done)
    change = change_of(world)
    assert change["state"] == "cancelled"
    assert "released" not in str(change["history"])
    page = await release.ports.status_page.read(release.id)
    assert page.state == "cancelled"
    for name in ROOMS:
        assert (await release.ports.meetings.read(f"{release.id}/{name}")).cancelled
    text = (world.root / "calendar.ics").read_text()
    assert text.count("STATUS:CANCELLED") == len(release.view.milestones) + 1 - past(release)


def past(release: Release) -> int:
    """Milestones that are over already: nobody needs to hear that they do not happen."""
    return sum(at <= release.now() for at in release.view.milestones.values())
