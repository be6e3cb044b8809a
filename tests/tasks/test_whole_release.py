"""A whole release in the plain world, from the form to its end, by the plan that Airflow gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.world import World
from windlass.plan.compiling import compile_plan
from windlass.plan.release_plan import Nature

QUICK = {"release_types": {"minor": {"follow_up": {"monitor": "20 min", "interval": "5 min"}}}}


def ready(world: World) -> None:
    """Everything that people and other products owe a release is there."""
    world.live("2.4.0", "0" * 40, product="payments")
    (world.root / "runbook.md").write_text("Call ops.")
    world.reply("planning.enablement", "we are ready", "sue")


@pytest.mark.timeout(300)
async def test_a_good_minor_reaches_every_user_with_all_its_evidence(make: Any) -> None:
    world = make(QUICK)
    ready(world)
    rows = tuple(
        dict.fromkeys(
            task.row
            for task in compile_plan(world.product, "minor").tasks
            if task.phase != "follow_up" and task.nature is Nature.WORK
        )
    )
    release = world.open(rows=rows)
    await world.run(release)
    view = release.view
    assert world.exposed("1.4.0") == 100
    assert view.promoted == dict.fromkeys(("staging", "production/eu", "production/us"), "1.4.0")
    assert world.repository().head("v1.4.0^{commit}") == (view.scope or {})["sha"]
    owed = {
        (task.id, name)
        for task in release.plan.tasks
        for name in task.evidence
        if (record := view.record(task.id)) is not None and record.outcome == "done"
        if name not in record.evidence
    }
    assert not owed
    assert world.ledger.verify(release.id).ok


@pytest.mark.timeout(300)
async def test_a_bad_version_is_caught_at_the_first_step_and_taken_back(make: Any) -> None:
    world = make(QUICK)
    ready(world)
    world.metrics.errors["1.4.0"] = 0.2
    rows = (
        "validation.cut",
        "validation.candidate",
        "execution.open",
        "execution.package",
        "execution.environment.deploy",
        "execution.production.step",
        "execution.production.judge",
    )
    release = world.open(rows=rows, day_0=None)
    await world.run(release)
    assert world.exposed("1.4.0") == 0
    assert world.deployments.state("production/eu").stable == "1.3.0"
    assert ("expose", "production/us", "1.4.0", "100") not in world.deployments.calls
    blocked = world.events(release, "version.blocked")
    assert [event["version"] for event in blocked] == ["1.4.0"]
    assert release.view.outcome == "rolled back"


@pytest.mark.timeout(300)
async def test_a_dry_run_decides_everything_and_does_nothing(world: World) -> None:
    """It asks nobody and waits for nothing, though Day 0 is days away and nobody has signed."""
    ready(world)
    began = world.clock.now()
    tags, branches = world.repository().git("tag"), world.repository().git("branch")
    release = world.open(run="manual__2026-03-02T08:00:00+00:00", dry_run=True)
    await world.run(release)
    assert release.view.outcome == "dry run"
    assert (world.deployments.calls, world.pipelines.runs, world.asked) == ([], {}, [])
    assert (world.repository().git("tag"), world.repository().git("branch")) == (tags, branches)
    for name in ("calendar.ics", "changes", "messages.jsonl", "documents", "meetings"):
        assert not (world.root / name).exists()
    assert not world.ledger.claims.all()
    assert (world.clock.now() - began).total_seconds() <= 60
    said = [str(event["would"]) for event in world.events(release, "dry_run.recorded")]
    assert "ask devops: Go/no-go: DevOps" in said
    assert any(would.startswith("wait: waits for Day 0, ") for would in said)
    assert not release.ledger.select(("version.promoted",), product="shop", after=began)
