"""Reviews that are owed: they warn or block the next ordinary release there, and are asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.tasks.world import World
from windlass.errors import VendorUnavailable
from windlass.tasks.follow_up.debt import chase_reviews
from windlass.tasks.follow_up.owing import owe, pay
from windlass.tasks.perform import perform
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Wait

WINDOW = "execution.production.eu.window"
BLOCKS: dict[str, Any] = {"follow_up": {"review": {"overdue": "block"}}}


def emergency(world: World) -> Release:
    """An emergency that reached users owes its review in five days."""
    release = world.open("emergency", run="fix-1", rows=("planning.scope",), day_0=None)
    owe(release, "post-incident review", due=world.clock.now() + timedelta(days=5))
    return release


def next_one(world: World, kind: str = "minor") -> Release:
    return world.open(kind, rows=("execution.production.window",), day_0=None, run="next")


def said(world: World) -> list[dict[str, Any]]:
    path = world.root / "messages.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if "review" in line["subject"]]


async def test_an_overdue_review_blocks_the_next_release_until_it_is_held(make: Any) -> None:
    world = make(BLOCKS)
    owing = emergency(world)
    world.clock.pass_(6 * 86400)
    release = next_one(world)
    result = await perform(release, WINDOW)
    assert isinstance(result, Wait)
    assert f"the post-incident review of {owing.id} was due on 2026-03-07: mia" in result.reason
    assert f"windlass review-held {owing.id}" in result.reason
    (seen,) = result.also.values()
    pay(world.ledger, owing.id, by="mia", notes="alert earlier", at=world.clock.now())
    head = world.ledger.head(owing.id)
    assert head is not None
    assert head.seq > seen, "what the wait looks at has moved"
    assert isinstance(await perform(release, WINDOW), Done)


async def test_by_default_it_warns_names_it_and_goes_on(world: World) -> None:
    owing = emergency(world)
    world.clock.pass_(6 * 86400)
    release = next_one(world)
    result = await perform(release, WINDOW)
    assert isinstance(result, Done)
    assert owing.id in result.evidence["warnings"][0]
    (line,) = said(world)
    assert owing.id in line["body"]
    assert line["level"] == "problem"


async def test_what_is_not_due_yet_changes_nothing(make: Any) -> None:
    world = make(BLOCKS)
    emergency(world)
    result = await perform(next_one(world), WINDOW)
    assert isinstance(result, Done)
    assert "warnings" not in result.evidence


async def test_an_emergency_does_not_wait_for_the_review_of_the_last_one(make: Any) -> None:
    world = make(BLOCKS)
    emergency(world)
    world.clock.pass_(6 * 86400)
    assert isinstance(await perform(next_one(world, "emergency"), WINDOW), Done)


async def round_(world: World) -> dict[str, str]:
    return await chase_reviews(world.ledger, connect=world.ports, clock=world.clock.now)


async def test_who_owes_it_is_reminded_and_when_overdue_the_product_manager_too(
    world: World,
) -> None:
    """A round every hour, as the watchdog makes it; each message goes out once."""
    owing = emergency(world)
    for _ in range(24 * 8):
        await round_(world)
        world.clock.pass_(3600)
    chased = [event["what"] for event in world.events(owing, "review.chased")]
    assert chased == ["reminder-1", "reminder-2", "overdue"]
    assert [line["to"] for line in said(world)] == [["mia"], ["mia"], ["mia"]]
    pay(world.ledger, owing.id, by="mia", notes="alert earlier", at=world.clock.now())
    world.clock.pass_(14 * 86400)
    assert await round_(world) == {}


async def test_a_channel_that_is_down_stops_no_round(world: World) -> None:
    owing = emergency(world)
    world.clock.pass_(6 * 86400)

    def down(product: object) -> Ports:
        def build(name: str) -> Any:
            raise VendorUnavailable(f"{name} is down")

        return Ports({"messages"}, build)

    done = await chase_reviews(world.ledger, connect=down, clock=world.clock.now)
    assert "nobody could be told" in done[owing.id]
    assert "overdue" in (await round_(world))[owing.id]
    assert said(world)
