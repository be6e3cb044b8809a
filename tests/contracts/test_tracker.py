"""What every ``tracker`` adapter must do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import RefusedByVendor
from windlass.ports.tracker import Tracker

ISSUES = {
    "SHOP-2": "title: Vouchers\nkind: feature\nstatus: done\nversion: 1.10\nlabels: [cart, ui]",
    "SHOP-10": "title: Refunds\nkind: feature\nstatus: ready\nassignee: mia",
    "SHOP-3": "title: Wrong total\nkind: bug\nstatus: open\nfound_in: 1.0.0\nseverity: high",
    "SHOP-4": "title: Old bug\nkind: bug\nstatus: done\nfound_in: 1.0.0\nversion: 1.0.1",
}


@pytest.fixture(params=choices("tracker"))
def tracker(request: pytest.FixtureRequest, tmp_path: Path, make: Callable[..., Any]) -> Tracker:
    """An adapter on a tracker that holds :data:`ISSUES`."""
    folder = tmp_path / "issues"
    folder.mkdir()
    for key, fields in ISSUES.items():
        (folder / f"{key}.md").write_text(f"---\nkey: {key}\n{fields}\n---\nWhat and why.\n")
    return make("tracker", request.param, {"folder": {"path": "issues"}}[request.param])


async def test_planned_issues_are_those_of_the_version(tracker: Tracker) -> None:
    (issue,) = await tracker.planned("1.10")
    assert (issue.key, issue.title, issue.kind, issue.done, issue.status, issue.version) == (
        "SHOP-2", "Vouchers", "feature", True, "done", "1.10",
    )  # fmt: skip
    assert issue.labels == ("cart", "ui")
    assert await tracker.planned("9.0.0") == ()


async def test_without_a_version_those_ready_for_the_next_release_are_planned(
    tracker: Tracker,
) -> None:
    assert [issue.key for issue in await tracker.planned(None)] == ["SHOP-10"]


async def test_get_keeps_the_order_and_leaves_out_what_does_not_exist(tracker: Tracker) -> None:
    found = await tracker.get(("SHOP-10", "SHOP-99", "SHOP-2"))
    assert [issue.key for issue in found] == ["SHOP-10", "SHOP-2"]


async def test_only_open_problems_count_as_reported(tracker: Tracker) -> None:
    (problem,) = await tracker.reported_against("1.0.0")
    assert (problem.key, problem.severity) == ("SHOP-3", "high")


async def test_an_issue_is_created_once_per_marker(tracker: Tracker) -> None:
    assert await tracker.find("m-1") is None
    body = "# Heading\n---\nnot: fields\n"
    first = await tracker.create(
        marker="m-1", title='Fix: it\'s "broken"', body=body, kind="bug", assignee="dev"
    )
    again = await tracker.create(marker="m-1", title="other", body="", kind="bug")
    assert again == first == await tracker.find("m-1")
    assert (first.title, first.kind, first.assignee, first.done) == (
        "Fix: it's \"broken\"", "bug", "dev", False,
    )  # fmt: skip
    assert first.key not in ISSUES


async def test_two_callers_at_once_create_two_different_issues(tracker: Tracker) -> None:
    made = await asyncio.gather(
        *(tracker.create(marker=f"m-{n}", title="t", body="", kind="task") for n in range(6))
    )
    assert len({issue.key for issue in made}) == 6


async def test_a_version_is_set_and_taken_away(tracker: Tracker) -> None:
    await tracker.set_version(("SHOP-10", "SHOP-2"), "1.11.0")
    assert [issue.key for issue in await tracker.planned("1.11.0")] == ["SHOP-2", "SHOP-10"]
    await tracker.set_version(("SHOP-10",), None)
    (issue,) = await tracker.get(("SHOP-10",))
    assert issue.version is None


async def test_setting_the_version_of_an_unknown_issue_changes_nothing(tracker: Tracker) -> None:
    with pytest.raises(RefusedByVendor, match="SHOP-99"):
        await tracker.set_version(("SHOP-10", "SHOP-99"), "1.11.0")
    assert await tracker.planned("1.11.0") == ()


async def test_a_version_is_marked_as_released(tracker: Tracker) -> None:
    assert not await tracker.is_released("1.10")
    await tracker.mark_released("1.10", on="2026-12-01")
    await tracker.mark_released("1.10", on="2026-12-01")
    assert await tracker.is_released("1.10")
    assert not await tracker.is_released("1.1")
