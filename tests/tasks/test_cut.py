"""The cut: when, what goes in, which version, and what people decide about what is too much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tasks.world import DAY_0, World
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait
from windlass.tasks.verbs import drop

ROWS = ("validation.cut",)
CUT = "validation.cut"


async def cut(world: World, kind: str = "minor", **inputs: Any) -> tuple[Release, Any]:
    """Cut a release at once; the release and how its cut ended."""
    release = world.open(kind, rows=ROWS, **{"day_0": None, **inputs})
    try:
        return release, await world.do(release, CUT, patience=60.0)
    except TimeoutError:
        return release, await perform(release, CUT)


class Starter:
    """What starts DAGs, by hand."""

    def __init__(self) -> None:
        self.started: dict[tuple[str, str], Mapping[str, Any]] = {}

    async def has(self, dag_id: str, run_id: str) -> bool:
        return (dag_id, run_id) in self.started

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        assert (dag_id, run_id) not in self.started
        self.started[dag_id, run_id] = conf


async def test_it_waits_until_the_cut_off_and_locks_what_is_there_then(world: World) -> None:
    """Three working days before Tuesday the 10th is Thursday the 5th, same time of day."""
    release = world.open(rows=ROWS)
    result = await perform(release, CUT)
    assert isinstance(result, Wait)
    assert result.until == datetime(2026, 3, 5, 10, tzinfo=UTC)
    late = world.repository().commit("fix: just in time (SHOP-16)")
    assert isinstance(await world.do(release, CUT), Done)
    assert release.view.scope is not None
    assert release.view.scope["sha"] == late
    after = world.repository().commit("feat: too late (SHOP-17)")
    assert isinstance(await perform(release, CUT), Done)
    assert release.view.scope["sha"] != after


@pytest.mark.parametrize("day_0", [None, datetime(2026, 3, 1, tzinfo=UTC)])
async def test_without_a_day_0_ahead_it_cuts_at_once(world: World, day_0: datetime | None) -> None:
    _, result = await cut(world, day_0=day_0)
    assert isinstance(result, Done)


async def test_holidays_move_the_cut_off(make: Any) -> None:
    world = make({"(calendar)": {"holidays": {"dates": {"2026-03-09": "founders' day"}}}})
    release = world.open(rows=ROWS)
    result = await perform(release, CUT)
    assert isinstance(result, Wait)
    assert result.until == datetime(2026, 3, 4, 10, tzinfo=UTC)


async def test_commits_and_issues_are_held_against_each_other(world: World) -> None:
    world.issue("SHOP-15", "Not this time", version="", status="ready")
    world.issue("SHOP-18", "Came in between", version="9.9.9", kind="bug", status="open")
    world.repository().commit("fix: on the way (SHOP-18)", "migrations/0002.sql")
    release, _ = await cut(world)
    scope = release.view.scope
    assert scope is not None
    assert [item["key"] for item in scope["delivered"]] == ["SHOP-12", "SHOP-14", "SHOP-18"]
    assert [item["key"] for item in scope["dropped"]] == ["SHOP-15"]
    assert [item["key"] for item in scope["unplanned"]] == ["SHOP-18"]
    assert [item["title"] for item in scope["without_issue"]] == ["chore: tidy up"]
    assert scope["migrations"] == ["migrations/0002.sql"]
    assert scope["authors"] == ["dev", "mia"]
    assert scope["bump"] == "minor"
    assert (scope["base"], scope["after"]) == (world.repository().head("v1.3.0^{commit}"), "1.3.0")


async def test_the_same_commit_and_items_give_the_same_digest(world: World) -> None:
    one, _ = await cut(world)
    other, _ = await cut(world, run="run-2")
    world.repository().commit("fix: one more (SHOP-14)")
    third, _ = await cut(world, run="run-3")
    digests = [(r.view.scope or {})["digest"] for r in (one, other, third)]
    assert digests[0] == digests[1] != digests[2]


async def test_nothing_to_release_ends_the_release_quietly(world: World) -> None:
    release, result = await cut(world, ref="v1.3.0")
    assert isinstance(result, Skip)
    assert "nothing to release: no commit since 1.3.0" in result.reason
    assert release.view.over == f"this release was emptied: {result.reason.partition(': ')[2]}"
    assert world.deployments.calls == []


async def test_a_first_release_gets_the_first_version(make: Any) -> None:
    world = make({"product": "newborn", "versions": {"first": "0.9.0"}})
    release = world.open(rows=ROWS, day_0=None)
    assert isinstance(await world.do(release, CUT), Done)
    assert release.view.version == "0.9.0"
    assert (release.view.scope or {})["commits"] == 4


async def test_a_worked_out_version_steps_over_those_that_are_taken_and_says_so(
    world: World,
) -> None:
    world.repository().git("tag", "v1.4.0", "v1.3.0^{commit}")
    data = {"product": "shop", "version": "1.4.1", "reason": "lost orders"}
    world.ledger.append("shop.minor/earlier-1.3.0", "version.blocked", data, at=world.clock.now())
    release, _ = await cut(world)
    fixed = world.events(release, "version.fixed")[0]
    assert fixed["version"] == "1.4.2"
    assert "the tag v1.4.0 is at" in fixed["stepped_over"]["1.4.0"]
    assert fixed["stepped_over"]["1.4.1"] == "it is blocked: lost orders"


async def test_cutting_again_after_a_crash_makes_the_same_branch(world: World) -> None:
    release = world.open(rows=ROWS, day_0=None)
    await world.do(release, CUT)
    other = world.take_up(release.id)
    assert isinstance(await perform(other, CUT), Done)
    assert len(world.events(other, "scope.locked")) == 1
    assert world.repository().git("branch", "--list", "release/*").split() == ["release/1.4.0"]


async def test_in_a_repository_of_several_products_only_the_own_paths_count(make: Any) -> None:
    world = make({"versions": {"paths": ["shop/**"]}})
    world.repository().commit("feat!: another product (SHOP-30)", "till/a.py")
    world.repository().commit("fix: ours (SHOP-14)", "shop/a.py")
    release, result = await cut(world)
    assert isinstance(result, Done)
    assert (release.view.scope or {})["commits"] == 1
    assert release.view.version == "1.3.1"


async def test_where_the_tracker_says_what_a_change_is_its_kinds_count(make: Any) -> None:
    world = make({"versions": {"commits": "tracker"}})
    world.issue("SHOP-19", "Prices are cents", kind="story", labels="breaking")
    world.repository().commit("Prices as whole numbers (SHOP-19)")
    _, result = await cut(world)
    assert isinstance(result, Ask)


async def test_an_unknown_author_is_red_where_authors_may_not_approve(make: Any) -> None:
    world = make({"approvals": {"exclude": ["trigger", "authors"]}})
    world.repository().commit("fix: by a stranger (SHOP-14)", author="eve")
    release, result = await cut(world)
    assert isinstance(result, Ask)
    assert "eve@shop.example" in result.question.facts["reasons"][0]
    assert (release.view.scope or {})["authors"] == ["dev", "mia"]


async def test_authors_never_sign_where_policy_says_so(make: Any) -> None:
    world = make({"approvals": {"exclude": ["trigger", "authors"]}})
    release, _ = await cut(world)
    from windlass.tasks.gates.deciding import excluded

    assert set(excluded(release)) == {"ines", "dev", "mia"}


def breaks(world: World) -> str:
    return world.repository().commit("feat!: prices are cents (SHOP-12)")


async def test_a_breaking_change_in_a_minor_asks_the_product_manager(world: World) -> None:
    sha = breaks(world)
    release, result = await cut(world)
    assert isinstance(result, Ask)
    question = result.question
    assert question.options == (
        "drop the items",
        "re-plan as major",
        "not breaking, because…",
        "postpone",
        "cancel",
    )
    assert any(f"{sha[:12]} breaks: prices are cents" in line for line in question.facts["excess"])
    assert release.view.scope is None


async def test_not_breaking_because_is_kept_with_its_name_and_is_a_minor(world: World) -> None:
    sha = breaks(world)
    world.reply(CUT, "not breaking, because…", "mia", reason="nobody uses it")
    release, result = await cut(world)
    assert isinstance(result, Done)
    scope = release.view.scope
    assert scope is not None
    assert (scope["breaking"], scope["bump"], release.view.version) == ([], "minor", "1.4.0")
    assert scope["excused"]["by"] == "mia"
    assert scope["cleared"] == {sha: "mia: nobody uses it"}


async def test_re_planned_as_major_the_run_ends_and_the_other_starts_once(world: World) -> None:
    breaks(world)
    world.reply(CUT, "re-plan as major", "mia", reason="it breaks")
    release = world.open(rows=ROWS, day_0=None)
    starter = Starter()
    release.starter = starter
    result = await world.do(release, CUT)
    assert isinstance(result, Skip)
    assert list(starter.started) == [("shop.major", "replanned__run-1")]
    assert "re-planned as shop.major/replanned__run-1: it breaks" in (release.view.over or "")
    assert isinstance(await perform(release, CUT), Skip)


async def test_without_airflow_re_planning_names_what_to_start(world: World) -> None:
    breaks(world)
    world.reply(CUT, "re-plan as major", "mia", reason="it breaks")
    release, _ = await cut(world)
    assert "re-planned as shop.major: it breaks" in (release.view.over or "")


@pytest.mark.parametrize(
    "option, over", [("postpone", "postponed: next week"), ("cancel", "cancelled: next week")]
)
async def test_too_much_may_end_the_release(world: World, option: str, over: str) -> None:
    breaks(world)
    world.reply(CUT, option, "mia", reason="next week")
    release, result = await cut(world)
    assert isinstance(result, Skip)
    assert release.view.over == f"this release was {over}"


async def test_dropping_the_items_needs_a_ref_that_lacks_them(world: World) -> None:
    before = world.repository().head()
    breaks(world)
    world.repository().git("branch", "calm", before)
    world.reply(CUT, "drop the items", "mia", ref="main")
    release = world.open(rows=ROWS, day_0=None)
    asked = world.asked
    result = await perform(release, CUT)
    assert isinstance(result, Ask)
    await world._people(release, release.view.open_questions()[0])
    again = await perform(release, CUT)
    assert isinstance(again, Ask)
    assert again.question.id != result.question.id
    world.reply(CUT, "drop the items", "mia", ref="calm")
    assert isinstance(await world.do(release, CUT), Done)
    assert (release.view.scope or {})["sha"] == before
    assert len(asked) >= 2


async def test_an_item_that_somebody_dropped_may_not_ride_along(world: World) -> None:
    release = world.open(rows=ROWS, day_0=None)
    drop(release, by="mia", item="SHOP-12", reason="not ready")
    result = await perform(release, CUT)
    assert isinstance(result, Ask)
    assert result.question.facts["excess"][0].startswith("SHOP-12 was dropped")


async def test_a_patch_with_a_feature_may_be_excused_and_stays_a_patch(world: World) -> None:
    world.reply(CUT, "fixes only, because…", "mia", reason="it is hidden")
    release, result = await cut(world, "patch")
    assert isinstance(result, Done)
    assert release.view.version == "1.3.1"


async def test_only_who_owns_the_cut_decides_about_it(world: World) -> None:
    from windlass.errors import InputError

    breaks(world)
    release = world.open(rows=ROWS, day_0=None, captain="mia")
    await perform(release, CUT)
    asked = release.view.open_questions()[0]
    from tests.tasks.world import Reply

    with pytest.raises(InputError, match="quinn may not answer"):
        world.answer(release, asked, Reply("", "cancel", "quinn", {"reason": "no"}))


async def test_what_is_live_without_a_known_commit_stops_the_cut(world: World) -> None:
    world.repository().git("tag", "--delete", "v1.3.0")
    world.ledger.append(
        "adopted/shop",
        "version.adopted",
        {"product": "shop", "target": "production/eu", "version": "1.3.0", "sha": None},
        at=world.clock.now(),
    )
    _, result = await cut(world)
    assert isinstance(result, Fail)
    assert "nobody knows the commit of 1.3.0" in result.reasons[0]


async def test_day_0_is_where_the_release_was_planned_for(world: World) -> None:
    release = world.open(rows=ROWS)
    assert release.view.day_0 == DAY_0
