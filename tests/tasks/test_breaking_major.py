"""A major that breaks something: a guide with something in it, consumers that know and agree."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.after import evidence, go
from tests.tasks.world import DAY_0, START, Make, World
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.planning.documents import TO_BE_WRITTEN
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done

#: Until after the cut-off, in seconds.
LONG = 9 * 86400.0
DOCUMENTS, NOTIFY = "planning.documents", "planning.notify"
DEMONSTRATE = "validation.acceptance.demonstrate"
ROWS = ("validation.cut", "validation.candidate", "execution.open", DOCUMENTS, NOTIFY, DEMONSTRATE)


@pytest.fixture
def world(make: Make) -> World:
    """The next release breaks SHOP-12."""
    world = make({"release_types": {"major": {"notice": "2 days"}}})
    world.repository().commit("feat!: prices are cents (SHOP-12)", "prices.py")
    return world


def major(world: World, *rows: str, **inputs: Any) -> Release:
    return world.open("major", rows=(*ROWS, *rows), day_0=DAY_0, **inputs)


def guide(world: World, text: str) -> None:
    """A person writes the migration guide."""
    path = world.root / "documents/shop/run-1/migration-guide.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: Moving\n---\n{text}\n")


def needs(world: World, product: str, wanted: str) -> None:
    """Another product needs the shop; its people are known."""
    documents = world.ledger.documents
    data = {"depends_on": {"shop": wanted}}
    documents.publish("needs", product, f"sha256:{product}{wanted}", data, START, "windlass")
    teams = {
        "people": {},
        "roles": {"product_manager": ["pia"], "developer": ["dan"]},
        "rota": [],
        "on_call": [],
    }
    documents.publish("teams", product, f"sha256:{product}", teams, START, "windlass")


def reasons(result: object) -> str:
    assert isinstance(result, Ask)
    return " ".join(result.question.facts["reasons"])


async def test_the_draft_alone_is_no_migration_guide(world: World) -> None:
    """It names every item that breaks, because we wrote it; what to do, nobody has."""
    asked = await go(world, major(world), DOCUMENTS)
    written = (world.root / "documents/shop/run-1/migration-guide.md").read_text()
    assert "SHOP-12" in written
    assert "the migration guide does not say what to do about SHOP-12" in reasons(asked)


@pytest.mark.parametrize(
    "text",
    ["", "## SHOP-12: prices are cents", f"## SHOP-12\n\n{TO_BE_WRITTEN}", "SHOP-12", "SHOP-12:"],
)
async def test_an_empty_guide_is_refused(world: World, text: str) -> None:
    guide(world, text)
    assert "SHOP-12" in reasons(await go(world, major(world), DOCUMENTS))


@pytest.mark.parametrize(
    "text", ["SHOP-12: multiply by 100.", "## SHOP-12\n\nMultiply what you send by 100."]
)
async def test_a_guide_that_says_what_to_do_about_each_item_is_taken(
    world: World, text: str
) -> None:
    guide(world, text)
    assert isinstance(await go(world, major(world), DOCUMENTS), Done)


async def test_a_guide_that_leaves_out_one_of_two_items_names_that_one(world: World) -> None:
    world.repository().commit("feat!: no more carts (SHOP-14)", "cart.py")
    guide(world, "## SHOP-12\n\nMultiply.\n\n## SHOP-14\n\n")
    said = reasons(await go(world, major(world), DOCUMENTS))
    assert said == "the migration guide does not say what to do about SHOP-14"


async def test_every_product_that_needs_this_one_is_told_what_breaks_once(world: World) -> None:
    needs(world, "mobile", ">=1.2")
    needs(world, "partners", "^1.0")
    release = major(world)
    done = await go(world, release, NOTIFY)
    assert isinstance(done, Done)
    assert sorted(done.evidence["consumers"]) == ["mobile", "partners"]
    lines = [json.loads(line) for line in (world.root / "messages.jsonl").read_text().splitlines()]
    told = [line for line in lines if "breaks what" in line["subject"]]
    assert [line["to"] for line in told] == [["pia", "dan"], ["pia", "dan"]]
    assert "SHOP-12" in told[0]["body"]
    release.record("task.cleared", key="again", tasks=[NOTIFY], reason="a wrong click")


async def test_a_consumer_that_does_not_take_the_version_stops_the_acceptance(
    world: World,
) -> None:
    guide(world, "SHOP-12: multiply by 100.")
    needs(world, "mobile", "^1.3")
    release = major(world)
    said = reasons(await go(world, release, DEMONSTRATE, patience=LONG))
    assert "mobile takes ^1.3, not 2.0.0" in said
    needs(world, "mobile", ">=1.3")
    world.clock.pass_(timedelta(minutes=1).total_seconds())
    world.reply(DEMONSTRATE, "run again", "mia")
    assert isinstance(await go(world, release, DEMONSTRATE, patience=LONG), Done)


async def test_what_breaks_adds_a_seat_to_the_acceptance(world: World) -> None:
    guide(world, "SHOP-12: multiply by 100.")
    seats = "validation.acceptance.approval"
    release = major(world, seats)
    await go(world, release, "validation.cut", patience=LONG)
    (added,) = [t for t in release.plan.tasks if t.args.get("only_if") == "breaking"]
    assert added.args["role"] == "stakeholder"
    assert does_not_apply(release, added) is None


async def test_a_major_that_breaks_nothing_asks_for_none_of_it(make: Make) -> None:
    world = make()
    needs(world, "mobile", "^1.3")
    release = major(world, "validation.acceptance.approval", version="1.4.0")
    assert isinstance(await go(world, release, DOCUMENTS), Done)
    assert "consumers" not in evidence(await go(world, release, NOTIFY))
    await go(world, release, "validation.cut", patience=LONG)
    (added,) = [t for t in release.plan.tasks if t.args.get("only_if") == "breaking"]
    assert does_not_apply(release, added) == "nothing in this release breaks anything"
