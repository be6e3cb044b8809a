"""What people do on a page, with the ports behind it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.conftest import make, world  # noqa: F401 - fixtures
from tests.tasks.world import LIVE, World
from windlass.board.acting import Actor
from windlass.errors import InputError
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.exposing import expose
from windlass.tasks.release import Release

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
    actor(world, "ops").use(exposed.id, "abort", "the shop is slow")
    assert world.exposed("1.4.0") == 0.0
    assert world.deployments.state(EU).stable == LIVE
    assert exposed.view.over == "this release is rolled back: aborted by ops: the shop is slow"


def test_an_abort_by_somebody_without_the_role_moves_nothing(
    world: World,  # noqa: F811
    exposed: Release,
) -> None:
    with pytest.raises(InputError, match="quinn may not abort"):
        actor(world, "quinn").use(exposed.id, "abort", "the shop is slow")
    assert world.exposed("1.4.0") == 10.0
    assert exposed.view.over is None


def test_what_users_see_is_not_cancelled(world: World, exposed: Release) -> None:  # noqa: F811
    with pytest.raises(InputError, match="abort, not cancel"):
        actor(world, "mia").use(exposed.id, "cancel", "not wanted")
    assert exposed.view.over is None
