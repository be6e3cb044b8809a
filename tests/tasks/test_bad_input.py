"""Bad input at the cut, and a ledger that takes nothing: the exact words, and nothing touched."""

from __future__ import annotations

import pytest

from tests.tasks.test_cut import CUT, ROWS, breaks, cut
from tests.tasks.validation_cases import hotfix
from tests.tasks.world import World
from windlass.errors import LedgerUnavailable
from windlass.tasks.perform import perform
from windlass.tasks.results import Ask, Fail, Skip


def untouched(world: World) -> bool:
    """Whether no target, branch or tag was changed."""
    refs = world.repository().git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags")
    ours = [
        ref for ref in refs.splitlines() if "release" in ref or ref.endswith(("1.3.1", "1.4.0"))
    ]
    return world.deployments.calls == [] and ours == []


async def test_nothing_to_release(world: World) -> None:
    sha = world.repository().head("v1.3.0^{commit}")
    _, result = await cut(world, ref="v1.3.0")
    assert result == Skip(f"nothing to release: no commit since 1.3.0 at v1.3.0 ({sha[:9]})")
    assert untouched(world)


async def test_a_breaking_change_in_a_patch(world: World) -> None:
    sha = breaks(world)
    release, result = await cut(world, "patch")
    assert isinstance(result, Ask)
    assert result.question.title == "shop (patch): 5 things are more than fixes"
    assert result.question.facts["excess"][:3] == [
        "this patch release breaks something",
        "drop the items, or plan it again as major, or say why it is no major change",
        f"{sha[:12]} breaks: prices are cents (SHOP-12) (SHOP-12)",
    ]
    assert release.view.scope is None
    assert untouched(world)


async def test_a_candidate_that_lacks_a_commit_live_in_production(world: World) -> None:
    hotfix(world)
    repository = world.repository()
    live, main = repository.head("hotfix"), repository.head("main")
    _, result = await cut(world)
    lacks = f"main ({main[:9]}) lacks {live[:12]} (1.3.1), which production"
    assert result == Fail(
        (
            f"{lacks}/eu serves: merge it and cut again",
            f"{lacks}/us serves: merge it and cut again",
            f"{live[:9]} fix: the till (SHOP-20)",
        )
    )


async def test_a_ledger_that_cannot_be_written_fails_the_task_before_any_effect(
    world: World,
) -> None:
    release = world.open(rows=ROWS, day_0=None)
    with world.ledger.store.writing() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    before = [event.seq for event in world.ledger.events(release.id)]
    with pytest.raises(LedgerUnavailable) as refused:
        await perform(release, CUT)
    assert str(refused.value) == (
        f"the ledger at {world.ledger.store.url} cannot be used: "
        "attempt to write a readonly database"
    )
    assert [event.seq for event in world.ledger.events(release.id)] == before
    assert untouched(world)
