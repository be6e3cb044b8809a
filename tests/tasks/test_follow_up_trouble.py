"""When something is wrong with a version: incidents, issues, the hotfix, reviews that are owed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.tasks.after import (
    MONITOR,
    QUICK,
    Airflow,
    LosesReply,
    Refuses,
    go,
    messages,
    released,
    rolled_back,
)
from tests.tasks.world import World
from windlass.errors import InputError
from windlass.ports.observations import ErrorGroup
from windlass.tasks.follow_up.hotfix import PATIENCE
from windlass.tasks.follow_up.owing import owed_reviews, pay
from windlass.tasks.follow_up.unbegun import chase_hotfixes
from windlass.tasks.perform import perform
from windlass.tasks.results import Done, Skip, Wait

Make = Callable[..., World]
INCIDENTS, ISSUES = "follow_up.incidents", "follow_up.issues"


@pytest.fixture
def quick(make: Make) -> World:
    return make(QUICK)


def incident(world: World, name: str, severity: str = "high", version: str = "1.4.0") -> None:
    """Somebody opens an incident at the desk."""
    record = {
        "id": name,
        "title": "checkout <slow>",
        "severity": severity,
        "open": True,
        "opened_at": world.clock.at.isoformat(),
        "service": "shop",
        "version": version,
        "text": "",
        "marker": name,
    }
    path = world.root / "incidents" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record))


async def test_a_rollback_opens_one_incident_and_says_so(quick: World) -> None:
    release = await rolled_back(quick, INCIDENTS)
    first = await perform(release, INCIDENTS)
    assert isinstance(first, Done)
    assert [each["id"] for each in first.evidence["incidents"]] == ["INC-1"]
    assert first.evidence["rolled_back"] is True
    kept = json.loads((quick.root / "incidents/INC-1.json").read_text())
    assert (kept["severity"], kept["version"]) == ("high", "1.4.0")
    assert "customers call" in kept["text"]
    release.record("task.cleared", tasks=[INCIDENTS], by="ops")
    assert isinstance(await perform(release, INCIDENTS), Done)
    assert len(list((quick.root / "incidents").glob("INC-*"))) == 1
    assert any("INC-1" in subject for subject in messages(quick))


async def test_incidents_that_name_the_version_are_told_once_each_while_it_is_watched(
    quick: World,
) -> None:
    release = await released(quick, MONITOR, INCIDENTS)
    assert isinstance(await perform(release, INCIDENTS), Wait)
    incident(quick, "INC-7")
    incident(quick, "INC-8", version="1.3.0")
    assert isinstance(await perform(release, INCIDENTS), Wait)
    assert isinstance(await perform(release, INCIDENTS), Wait)
    assert sum("INC-7" in subject for subject in messages(quick)) == 1
    await go(quick, release, MONITOR)
    result = await perform(release, INCIDENTS)
    assert isinstance(result, Done)
    assert [each["id"] for each in result.evidence["incidents"]] == ["INC-7"]


async def test_a_release_that_users_never_saw_has_no_incidents(quick: World) -> None:
    release = quick.open("minor", rows=("validation.cut", INCIDENTS), day_0=None)
    assert isinstance(await perform(release, INCIDENTS), Skip)


async def test_new_errors_become_issues_once_and_a_critical_one_asks_for_a_hotfix(
    quick: World,
) -> None:
    release = await released(quick, ISSUES)
    seen = quick.clock.at
    quick.errors.groups["1.4.0"] = [
        ErrorGroup("g1", "KeyError in cart", 12, seen, "1.4.0"),
        ErrorGroup("g2", "No payment", 3, seen, "1.4.0", critical=True),
    ]
    airflow = release.starter = Airflow()
    result = await perform(release, ISSUES)
    assert isinstance(result, Done)
    assert [(i["key"], i["critical"]) for i in result.evidence["issues"]] == [
        ("SHOP-15", True),
        ("SHOP-16", False),
    ]
    assert "No payment" in (quick.root / "issues/SHOP-15.md").read_text()
    hotfix = release.view.hotfix
    assert hotfix["reason"] == "SHOP-15: No payment"
    assert hotfix["waits_for"] == ["ops"]
    assert [item["key"] for item in hotfix["scope"]] == ["SHOP-12", "SHOP-14"]
    assert airflow.runs["shop.emergency", "hotfix__run-1"]["hotfix_for"] == release.id
    release.record("task.cleared", tasks=[ISSUES], by="dev")
    await perform(release, ISSUES)
    assert len(list((quick.root / "issues").glob("SHOP-*"))) == 4
    assert airflow.started == 1


async def test_an_issue_that_people_report_as_critical_asks_for_a_hotfix(quick: World) -> None:
    release = await released(quick, ISSUES)
    quick.issue(
        "SHOP-20", "Cannot pay", kind="bug", status="open", severity="critical", found_in="1.4.0"
    )
    quick.issue("SHOP-21", "Typo", kind="bug", status="open", found_in="1.4.0")
    result = await perform(release, ISSUES)
    assert isinstance(result, Done)
    assert result.evidence["critical"] == ["SHOP-20"]
    assert release.view.hotfix["issues"] == ["SHOP-20"]


async def test_without_anything_critical_nobody_asks_for_a_hotfix(quick: World) -> None:
    release = await released(quick, ISSUES)
    result = await perform(release, ISSUES)
    assert isinstance(result, Done)
    assert result.evidence == {"issues": [], "critical": [], "hotfix": None}


async def test_a_rollback_asks_for_a_hotfix_even_when_airflow_is_down(quick: World) -> None:
    release = await rolled_back(quick, ISSUES)
    airflow = release.starter = Airflow()
    airflow.down = True
    began = quick.clock.at
    result = await go(quick, release, ISSUES)
    assert isinstance(result, Done)
    assert PATIENCE <= quick.clock.at - began <= PATIENCE + timedelta(seconds=10)
    assert release.view.hotfix["failed_release"] == release.id
    assert any("hotfix" in subject for subject in messages(quick))
    assert "start it by hand" in (quick.root / "messages.jsonl").read_text()


async def test_a_hotfix_whose_start_was_taken_but_not_confirmed_is_found_and_started_once(
    quick: World,
) -> None:
    release = await rolled_back(quick, ISSUES)
    airflow = release.starter = LosesReply()
    waits = await perform(release, ISSUES)
    assert isinstance(waits, Wait)
    assert "whether shop.emergency runs is not known" in waits.reason
    assert isinstance(await go(quick, release, ISSUES), Done)
    assert list(airflow.runs) == [("shop.emergency", "hotfix__run-1")]
    assert airflow.started == 1
    told = (quick.root / "messages.jsonl").read_text()
    assert "It waits for the on-call: ops" in told
    assert "by hand" not in told


async def test_the_on_call_hears_once_of_a_hotfix_that_does_not_begin(quick: World) -> None:
    """Airflow took the run, and its DAG is paused: nobody is asked to name the fix."""
    release = await rolled_back(quick, ISSUES)
    release.starter = Airflow()
    await go(quick, release, ISSUES)

    async def chase() -> dict[str, str]:
        return await chase_hotfixes(quick.ledger, connect=quick.ports, clock=quick.clock.now)

    assert await chase() == {}
    quick.clock.pass_(301)
    assert await chase() == {release.id: "the on-call was told that shop.emergency has not begun"}
    assert await chase() == {}
    told = [s for s in messages(quick) if "its hotfix has not begun" in s]
    assert told == ["shop 1.4.0: its hotfix has not begun"]


async def test_nobody_hears_of_a_hotfix_that_has_begun(quick: World) -> None:
    release = await rolled_back(quick, ISSUES)
    release.starter = Airflow()
    await go(quick, release, ISSUES)
    quick.open(
        "emergency",
        run="hotfix__run-1",
        day_0=None,
        by="airflow",
        reason="hotfix",
        hotfix_for=release.id,
    )
    quick.clock.pass_(3600)
    found = await chase_hotfixes(quick.ledger, connect=quick.ports, clock=quick.clock.now)
    assert found == {}


async def test_where_airflow_refuses_to_start_a_hotfix_people_are_told_to(quick: World) -> None:
    release = await rolled_back(quick, ISSUES)
    release.starter = Refuses()
    assert isinstance(await perform(release, ISSUES), Done)
    told = (quick.root / "messages.jsonl").read_text()
    assert "shop.emergency could not be started: 404: no such DAG; start it by hand" in told


async def test_a_product_may_want_no_hotfix(make: Make) -> None:
    settings = {"monitor": "10 min", "interval": "1 min", "emergency": False}
    types = {"minor": {"follow_up": settings}, "major": True}
    release = await rolled_back(make({"release_types": types}), ISSUES)
    assert isinstance(await perform(release, ISSUES), Done)
    assert release.view.hotfix is None


async def test_what_owes_a_review_owes_it_until_somebody_holds_it(make: Make) -> None:
    quick = make({"release_types": {"minor": {"review_due": "5 working days"}, "major": True}})
    release = await released(quick, ISSUES)
    since = quick.clock.at
    await perform(release, ISSUES)
    (owed,) = owed_reviews(quick.ledger, "shop")
    assert (owed.release, owed.environment, owed.owner) == (release.id, "production", "mia")
    assert timedelta(days=4) < owed.due - since <= timedelta(days=8)
    assert owed.overdue(owed.due + timedelta(seconds=1))
    with pytest.raises(InputError, match="say what the review found"):
        pay(quick.ledger, release.id, by="mia", notes=" ", at=since)
    pay(quick.ledger, release.id, by="mia", notes="alert earlier", at=since)
    assert not owed_reviews(quick.ledger, "shop")[0].overdue(owed.due + timedelta(days=1))
    with pytest.raises(InputError, match="no review is owed"):
        pay(quick.ledger, release.id, by="mia", notes="again", at=since)
