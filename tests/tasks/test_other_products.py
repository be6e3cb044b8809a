"""Products that are not like the shop, each released from the form to its end by its own plan."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.fakes import Probes
from tests.tasks.world import World
from windlass.tasks.release import Release
from windlass.tasks.results import Fail, Result

ONE_PLACE = [{"production": {"live": True, "url": "http://one"}}]
#: What a young product has not got.
WITHOUT: dict[str, Any] = dict.fromkeys(
    (
        "alerts",
        "backup",
        "dashboards",
        "depends_on",
        "enablement",
        "slo",
        "synthetic",
    )
)
SOON = {"minor": {"follow_up": {"monitor": "20 min", "interval": "5 min"}}}
ENDED_WELL = ("released", "released with exceptions")


def failures(world: World) -> dict[str, Result]:
    """The tasks that failed, with why."""
    return {task: result for task, result in world.results.items() if isinstance(result, Fail)}


async def released(world: World, kind: str = "minor", **inputs: Any) -> Release:
    """A release of that type, which must end well."""
    world.reply("follow_up.verify_features", "checked", "mia", kind="form")
    said = {"went_well": "all", "went_badly": "nothing", "actions": ""}
    world.reply("follow_up.review", "reviewed", "mia", **said)
    release = world.open(kind, day_0=None, **inputs)
    await world.run(release)
    assert not failures(world)
    assert release.view.outcome in ENDED_WELL
    assert world.ledger.verify(release.id).ok
    return release


def live_in_one_place(world: World, version: str = "1.3.0") -> None:
    """The place without regions serves ``version``, and the ledger says so."""
    world.probes = Probes(world.deployments, {"http://one": "production"})
    artifact = world.artifact(version)
    world.deployments.put("production", artifact)
    sha = world.repository().head(f"v{version}^{{commit}}")
    known = {"version": version, "location": artifact.location, "digest": artifact.digest}
    data: dict[str, Any] = {"product": "shop", "target": "production", "version": version}
    data["sha"] = sha
    began = world.clock.now()
    world.ledger.append("shop.minor/first", "release.opened", {"product": "shop"}, at=began)
    data["artifact"] = known
    world.ledger.append("shop.minor/first", "version.promoted", data, at=began)


@pytest.mark.timeout(300)
async def test_one_environment_without_staging(make: Any) -> None:
    world = make({**WITHOUT, "environments": ONE_PLACE, "release_types": SOON})
    live_in_one_place(world)
    await released(world)
    assert world.deployments.state("production").shares == {"1.4.0": 100.0}


@pytest.mark.timeout(300)
async def test_a_first_release_ever(make: Any) -> None:
    world = make({**WITHOUT, "environments": ONE_PLACE, "release_types": SOON})
    world.probes = Probes(world.deployments, {"http://one": "production"})
    world.repository().git("tag", "--delete", "v1.3.0")
    world.reply("execution.production.judge", "advance one step", "ops", reason="nobody was here")
    release = await released(world, version="0.1.0")
    assert release.view.promoted == {"production": "0.1.0"}
    assert world.deployments.state("production").shares == {"0.1.0": 100.0}


@pytest.mark.timeout(300)
async def test_a_first_release_judged_by_limits_needs_nobody_and_is_watched(make: Any) -> None:
    """Its bounds are written: nothing needs to have served before it."""
    limits = {"limits": {"success": {"at_most": 0.01}}}
    judge = {"method": "limits", "errors": limits}
    world = make(
        {**WITHOUT, "environments": ONE_PLACE, "release_types": SOON, "judge": judge},
    )
    world.probes = Probes(world.deployments, {"http://one": "production"})
    world.repository().git("tag", "--delete", "v1.3.0")
    release = await released(world, version="0.1.0")
    assert world.deployments.state("production").shares == {"0.1.0": 100.0}
    asked = [asked.question["kind"] for asked in release.view.questions.values()]
    assert "judge" not in asked
    watched = release.view.verdicts["follow_up.monitor"]
    assert (watched["move"], watched["outcome"]) == ("watched", "PASS")
    assert watched["figures"]["production errors"]["value"] == pytest.approx(0.002)


@pytest.mark.timeout(300)
async def test_a_library_is_published_once_and_has_no_users_to_watch(make: Any) -> None:
    world = make(
        {
            **WITHOUT,
            "kind": "library",
            "environments": [{"registry": {"live": True}}],
            "rollout": {"strategy": "publish"},
            "judge": None,
            "smoke": None,
            "vendors": {"metrics": None},
            "release_types": SOON,
        }
    )
    await released(world, version="1.4.0")
    published = [call for call in world.deployments.calls if call[0] == "expose"]
    assert published == [("expose", "registry", "1.4.0", "100")]


@pytest.mark.timeout(300)
async def test_no_tracker_and_no_messages(make: Any) -> None:
    nobody_to_tell = {"tracker": None, "messages": None}
    world = make({**WITHOUT, "vendors": nobody_to_tell, "release_types": SOON})
    await released(world)
    assert world.exposed("1.4.0") == 100


@pytest.mark.timeout(300)
async def test_a_small_teams_patch_is_one_click(make: Any) -> None:
    quick = {"patch": {"follow_up": {"monitor": "20 min", "interval": "5 min"}}}
    world = make({**WITHOUT, "preset": "small", "release_types": quick})
    world.repository().git("reset", "--hard", "--quiet", "v1.3.0")
    world.repository().commit("fix: refuse quantities below one (SHOP-14)", "cart.py")
    release = await released(world, "patch", reason="fix")
    assert world.exposed("1.3.1") == 100
    clicks = [asked.question["task"] for asked in release.view.questions.values()]
    assert clicks == ["validation.readiness.approval.product_manager"]
