"""Planning beyond red and green: what risk moves, what the past says, what people have written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.world import DAY_0, START, World
from windlass.tasks.durations import bakes, past_rollouts, rollout_p90
from windlass.tasks.perform import perform
from windlass.tasks.planning.documents import unnamed
from windlass.tasks.planning.past import failures, idle_days, newcomers
from windlass.tasks.planning.surroundings import days_to_freeze, signers
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Skip

AWAY = {"from": "2026-03-09", "until": "2026-03-12"}
RISKY = {"risk": {"weights": {"targets": 1000.0}, "full_targets": 1, "extra_steps": [1]}}
SIGNED = (
    "planning.risk",
    "validation.cut",
    "validation.candidate",
    "validation.readiness.approval",
    "execution.production.step",
)


async def done(world: World, release: Release, task: str) -> dict[str, Any]:
    result = await world.do(release, task)
    assert isinstance(result, Done), result
    return dict(result.evidence)


async def test_high_risk_wakes_the_seat_and_the_step_that_were_asleep(make: Any) -> None:
    world = make({**RISKY, "rollout": {"steps": [10, 100]}})
    release = world.open(
        rows=SIGNED,
        day_0=None,
    )
    evidence = await done(world, release, "planning.risk")
    assert evidence["level"] == "high"
    score = evidence["score"]
    assert evidence["moved"] == [
        f"risk {score} (high): product_manager must sign too",
        f"risk {score} (high): a step at 1 %",
    ]
    seat = "validation.readiness.approval.product_manager"
    assert (await done(world, release, seat))["by"] == "mia"


async def test_low_risk_leaves_them_asleep_and_removes_nothing(make: Any) -> None:
    world = make({"risk": {"extra_steps": [1]}})
    release = world.open(
        rows=SIGNED,
        day_0=None,
    )
    evidence = await done(world, release, "planning.risk")
    assert (evidence["level"], evidence["moved"]) == ("low", [])
    asleep = await world.do(release, "validation.readiness.approval.product_manager")
    assert asleep == Skip("the risk does not call for it")
    assert await world.do(release, "execution.production.eu.step_1") == Skip(
        "the risk does not call for it"
    )
    assert (await done(world, release, "validation.readiness.approval.devops"))["by"] == "ops"


async def test_risk_reads_its_facts_from_where_they_are(make: Any) -> None:
    world = make(
        {
            "risk": {"hot_files": ["cart.py"], "compliance": ["pci"]},
            "(teams)": {
                "people": {"ops": {"away": [{"from": "2026-03-09", "until": "2026-03-12"}]}}
            },
        }
    )
    world.repository().commit("feat!: cents (SHOP-12)", "migrations/1.sql")
    release = world.open(rows=("planning.risk",))
    factors = {f["name"]: f for f in (await done(world, release, "planning.risk"))["factors"]}
    reasons = {name: factor["reason"] for name, factor in factors.items()}
    assert reasons["breaking"] == "1 breaking changes"
    assert reasons["migrations"] == "a migration that can be undone"
    assert reasons["hot_files"] == "1 hot files touched"
    assert reasons["compliance"] == "1 compliance tags"
    assert reasons["absences"] == "1 of 4 approvers are away"
    assert reasons["idle_days"] == "14 days since the last release"
    assert reasons["size"] == "4 lines changed"


def ended(world: World, run: str, outcome: str, days_ago: float) -> None:
    at = START - timedelta(days=days_ago)
    stream = f"shop.minor/{run}"
    world.ledger.append(stream, "release.opened", {"product": "shop"}, at=at)
    world.ledger.append(stream, "release.ended", {"outcome": outcome}, at=at)


async def test_failures_of_the_last_90_days_count(world: World) -> None:
    for number, (outcome, days) in enumerate(
        [("rolled back", 3), ("failed", 89), ("released", 5), ("rolled back", 91)]
    ):
        ended(world, f"old-{number}", outcome, days)
    assert failures(world.open(rows=("planning.risk",))) == 2


async def test_an_author_whose_release_went_out_is_no_newcomer(world: World) -> None:
    data = {"authors": ["dev"], "unmapped_authors": ["Eve <eve@x>"]}
    world.ledger.append("shop.minor/earlier-1.3.0", "scope.locked", data, at=START)
    release = world.open(rows=("planning.risk",))
    known = ("dev <dev@shop.example>", "Eve <eve@x>", "mia <mia@shop.example>")
    assert newcomers(release, known) == ("mia <mia@shop.example>",)


async def test_before_the_first_release_nothing_is_known(make: Any) -> None:
    world = make({"product": "newborn"})
    release = world.open(rows=("planning.risk",))
    assert idle_days(release) == float("inf")
    assert days_to_freeze(release) == float("inf")


async def test_somebody_with_a_stand_in_is_not_missing(make: Any) -> None:
    away = {**AWAY, "stand_in": "dev"}
    world = make({"(teams)": {"people": {"ops": {"away": [away]}}}})
    assert signers(world.open(rows=("planning.risk",))) == (4, 0)


def rollouts(world: World, hours: list[float]) -> None:
    for number, length in enumerate(hours):
        at = START - timedelta(days=30 - number)
        stream = f"shop.minor/rollout-{number}"
        target = {"target": "production/eu", "version": "1.0.0", "product": "shop"}
        world.ledger.append(stream, "release.opened", {"product": "shop"}, at=at)
        world.ledger.append(stream, "exposure.stepped", {**target, "percent": 10}, at=at)
        done_at = at + timedelta(hours=length)
        artifact = {"version": "1.0.0", "location": "x", "digest": "sha256:1"}
        data = {**target, "artifact": artifact, "sha": "1" * 40}
        world.ledger.append(stream, "version.promoted", data, at=done_at)


async def test_the_p90_of_earlier_rollouts_is_taken_once_there_are_enough(world: World) -> None:
    release = world.open(rows=("planning.timeline",))
    expected, source = rollout_p90(release)
    assert (expected, source) == (
        timedelta(hours=8),
        "the policy's length of execution and the bakes",
    )
    rollouts(world, [1, 2, 3, 4, 11])
    assert max(past_rollouts(release)) == timedelta(hours=11)
    assert rollout_p90(release) == (timedelta(hours=11), "P90 of 5 earlier rollouts")


async def test_a_rollout_takes_at_least_its_bakes(make: Any) -> None:
    world = make({"rollout": {"bake": {"time": "5 h", "longest": "9 h"}}})
    release = world.open(rows=("planning.timeline",))
    assert bakes(release) == timedelta(hours=15)
    assert rollout_p90(release)[0] == timedelta(hours=15)


async def test_a_region_without_an_opening_that_is_long_enough_is_said_when_it_is_planned(
    make: Any,
) -> None:
    world = make(
        {
            "(calendar)": {"windows": "mon-thu 10:00-11:00"},
            "rollout": {"bake": {"time": "50 min", "longest": "2 h"}},
        }
    )
    release = world.open(rows=("planning.timeline",))
    with pytest.raises(TimeoutError):
        await world.do(release, "planning.timeline", patience=3600)
    (red,) = world.events(release, "check.red")
    assert "no opening of production/eu that is known holds the" in str(red)


async def test_milestones_count_working_days_and_move_with_day_0(world: World) -> None:
    release = world.open(rows=("planning.timeline",))
    evidence = await done(world, release, "planning.timeline")
    assert evidence["milestones"]["scope locked"] == "2026-03-05T10:00:00+00:00"
    assert release.view.milestones["production"] == DAY_0
    text = (world.root / "calendar.ics").read_text()
    assert text.count("BEGIN:VEVENT") == len(evidence["milestones"])
    again = world.open(rows=("planning.timeline",), run="run-2", day_0=DAY_0 + timedelta(days=7))
    moved = await done(world, again, "planning.timeline")
    assert moved["milestones"]["scope locked"] == "2026-03-12T10:00:00+00:00"


async def test_without_a_day_0_the_next_opening_is_production(make: Any) -> None:
    world = make({"(calendar)": {"windows": "mon-thu 10:00-16:00"}})
    release = world.open(rows=("planning.timeline",), day_0=None)
    evidence = await done(world, release, "planning.timeline")
    assert evidence["milestones"]["production"] == "2026-03-02T10:00:00+00:00"


async def test_an_emergency_is_not_held_up_by_a_freeze(make: Any) -> None:
    freeze = {
        "name": "year end",
        "from": "2026-03-01",
        "until": "2026-04-01",
        "reason": "accounts",
        "owner": "mia",
    }
    world = make(
        {
            "(calendar)": {"freezes": [freeze]},
            "release_types": {"emergency": {"also": ["planning.timeline"]}},
        }
    )
    release = world.open("emergency", rows=("planning.timeline",), day_0=None, reason="fix")
    await done(world, release, "planning.timeline")


def page(world: World, name: str) -> Path:
    return world.root / f"documents/shop/run-1/{name}.md"


async def test_what_a_person_wrote_into_a_draft_stays(world: World) -> None:
    release = world.open(rows=("planning.documents",), day_0=None)
    await done(world, release, "planning.documents")
    notes = page(world, "release-notes")
    notes.write_text(notes.read_text().replace("Gift notes", "Gift notes, at last"))
    release.record("task.cleared", tasks=["planning.documents"], reason="once more")
    evidence = await done(world, release, "planning.documents")
    assert evidence["documents"]["release_notes"]["edited"] is True
    assert "at last" in notes.read_text()


async def test_a_draft_of_ours_is_brought_up_to_date(world: World) -> None:
    release = world.open(rows=("planning.documents",), day_0=None)
    await done(world, release, "planning.documents")
    world.issue("SHOP-16", "Pay later", version="")
    world.repository().commit("feat: pay later (SHOP-16)")
    release.record("task.cleared", tasks=["planning.documents"], reason="once more")
    evidence = await done(world, release, "planning.documents")
    assert evidence["documents"]["release_notes"]["edited"] is False
    assert "Pay later" in page(world, "release-notes").read_text()


async def test_after_the_cut_the_documents_say_what_is_really_in_it(world: World) -> None:
    rows = (
        "planning.documents",
        "validation.cut",
        "validation.candidate",
        "validation.acceptance.demonstrate",
    )
    release = world.open(rows=rows, day_0=None)
    await done(world, release, "planning.documents")
    assert "Draft, from what is planned" in page(world, "release-notes").read_text()
    await done(world, release, "validation.acceptance.demonstrate")
    text = page(world, "release-notes").read_text()
    assert "# The shop 1.4.0" in text
    assert "Draft" not in text


async def test_users_of_a_region_read_their_language_where_there_is_a_template(
    make: Any,
) -> None:
    waves = [{"regions": {"eu": {"url": "http://eu", "language": "de"}}}]
    world = make(
        {
            "templates": "words",
            "environments": [
                {"staging": {"live": False, "url": "http://staging"}},
                {"production": {"live": True, "waves": waves}},
            ],
        }
    )
    folder = world.root / "words"
    folder.mkdir()
    (folder / "user_communication_de.md.j2").write_text("Neu ab {{ date }}\n")
    release = world.open(rows=("planning.documents",), day_0=DAY_0)
    await done(world, release, "planning.documents")
    assert "Neu ab 2026-03-10" in page(world, "user-communication-de").read_text()


async def test_an_emergency_owes_one_note(world: World) -> None:
    release = world.open("emergency", rows=("planning.documents",), day_0=None, reason="fix")
    evidence = await done(world, release, "planning.documents")
    assert list(evidence["documents"]) == ["release_notes"]


@pytest.mark.parametrize(
    "body, missing",
    [
        ("SHOP-12 goes away", ("SHOP-1",)),
        ("## SHOP-1: it goes\nand SHOP-12, too", ()),
        ("shop-1", ("SHOP-1", "SHOP-12")),
        ("", ("SHOP-1", "SHOP-12")),
    ],
)
def test_a_guide_names_an_item_only_as_a_word_of_its_own(
    body: str, missing: tuple[str, ...]
) -> None:
    assert unnamed(body, ["SHOP-1", "SHOP-12"]) == missing


async def test_a_briefing_with_a_recording_needs_no_meeting(make: Any) -> None:
    settings = {"acknowledged_by": None, "recording": "https://video.example/1"}
    world = make({"enablement": settings})
    release = world.open(rows=("planning.enablement",), day_0=None)
    evidence = await done(world, release, "planning.enablement")
    assert evidence["meeting"] == "https://video.example/1"
    assert not (world.root / "meetings").exists()
    assert "https://video.example/1" in page(world, "briefing").read_text()


async def test_a_dependency_in_another_region_counts_for_the_whole_environment(
    world: World,
) -> None:
    stream = "payments.minor/1"
    world.ledger.append(stream, "release.opened", {"product": "payments"}, at=START)
    for target, version in (("production/asia", "2.4.0"), ("staging", "2.4.0")):
        data = {"product": "payments", "target": target, "version": version}
        world.ledger.append(stream, "version.promoted", data, at=START)
    release = world.open(rows=("planning.dependencies",), day_0=None)
    evidence = await done(world, release, "planning.dependencies")
    assert evidence["dependencies"]["payments"]["live"]["production/us"] == ["2.4.0"]


async def test_a_task_that_is_done_is_not_done_again(world: World) -> None:
    release = world.open(rows=("planning.timeline",))
    await done(world, release, "planning.timeline")
    before = release.view.seq
    await perform(release, "planning.timeline")
    assert release.view.seq == before


async def test_the_reason_is_carried_into_the_risk_and_compliance_counts_there(
    world: World,
) -> None:
    found = []
    for number, reason in enumerate(("market", "compliance")):
        release = world.open(
            rows=("planning.risk",), run=f"run-{number}", day_0=None, reason=reason
        )
        found.append(await done(world, release, "planning.risk"))
    assert [each["started_for"] for each in found] == ["market", "compliance"]
    assert found[1]["score"] > found[0]["score"]
    assert "1 compliance tags: 4" in found[1]["reasons"]
