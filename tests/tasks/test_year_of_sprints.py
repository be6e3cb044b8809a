"""Sprint after sprint on the cadence's own starts: every commit is in exactly one release."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.tasks import shop
from tests.tasks.world import World
from windlass.decisions.cadence import Schedule, Start, next_start
from windlass.plan.calendars import years_around
from windlass.plan.schedules import live_names, schedule_of
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Wait

CUT, GRACE = "validation.cut", timedelta(days=1)
CHANGES: dict[str, Any] = {
    "cadence": {
        "every": "2 weeks",
        "on": ["tue"],
        "at": "10:00",
        "zone": "Europe/Zurich",
        "anchor": "2026-03-17",
    },
    "(calendar)": {
        "freezes": [
            {
                "name": "audit",
                "from": "2026-04-14",
                "until": "2026-04-14",
                "reason": "the auditors are here",
                "owner": "sam",
            }
        ]
    },
}


def schedule_now(world: World) -> Schedule:
    product = world.product
    calendar = years_around(product.calendar, world.clock.now(), live_names(product))
    return schedule_of(product, "minor", calendar)


def started(world: World, last: datetime | None, *, late: timedelta) -> Start:
    """The next start, made ``late``: the scheduler was down when it was due."""
    due = next_start(schedule_now(world), world.clock.now(), last=last, grace=GRACE)
    assert due is not None
    world.clock.at = max(world.clock.at, due.start + late)
    made = next_start(schedule_now(world), world.clock.now(), last=last, grace=GRACE)
    assert made == due
    return made


async def cut_at_its_time(world: World, release: Release) -> str:
    """Wait for the cut-off, lock the scope there, and put the version live; the commit."""
    waits = await perform(release, CUT)
    assert isinstance(waits, Wait)
    assert waits.until is not None
    world.repository().commit("fix: just in time")
    world.clock.at = waits.until
    assert isinstance(await world.do(release, CUT), Done)
    assert release.view.scope is not None
    return str(release.view.scope["sha"])


def put_live(world: World, release: Release, sha: str) -> None:
    artifact = world.artifact(release.version)
    for target in shop.TARGETS:
        release.record(
            "version.promoted",
            product="shop",
            target=target,
            version=release.version,
            sha=sha,
            artifact={
                "version": artifact.version,
                "location": artifact.location,
                "digest": artifact.digest,
            },
        )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sprints", [3, pytest.param(26, marks=pytest.mark.deep)])
async def test_each_release_holds_exactly_the_commits_between_two_cut_offs(
    make: Any, sprints: int
) -> None:
    """None is skipped and none is released twice, though every third tick is missed for 20 hours
    and a freeze moves a Day 0."""
    world = make(CHANGES)
    repository, last = world.repository(), None
    before, days = repository.head("v1.3.0^{commit}"), []
    for number in range(sprints):
        late = timedelta(hours=20) if number % 3 == 2 else timedelta()
        start = started(world, last, late=late)
        last = start.day_zero.instant
        days.append(last)
        repository.commit(f"feat: thing {number}")
        release = world.open(rows=(CUT,), run=f"release__{last:%F}", day_0=last, reason="cadence")
        sha = await cut_at_its_time(world, release)
        repository.commit(f"feat: too late for {number}")
        locked = (release.view.scope or {})["base"], sha
        assert locked == (before, repository.head("HEAD~1"))
        put_live(world, release, sha)
        world.clock.at, before = last + timedelta(hours=1), sha
    assert len(set(days)) == sprints
    steps = {(b - a).days for a, b in pairwise(days)}
    assert steps <= {13, 14, 15}
    counted = int(repository.git("rev-list", "--count", f"v1.3.0..{before}"))
    whole = 3 + 3 * sprints - 1  # those that were there, three a sprint, the last one too late
    assert counted == whole
