"""``windlass report`` and ``windlass review-held``, from the command line's side."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from tests.tasks.after import QUICK, go, released
from tests.tasks.world import World
from windlass.cli.app import app
from windlass.errors import InputError

Make = Callable[..., World]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """``run(world, "report", id)``: what it prints, as mia."""

    def one(world: World, *words: str) -> str:
        monkeypatch.setenv("WINDLASS_LEDGER_URL", f"sqlite:///{world.root / 'ledger.db'}")
        monkeypatch.setenv("WINDLASS_USER", "mia")
        result = CliRunner().invoke(app, list(words), catch_exceptions=False)
        return result.output

    return one


async def test_a_release_that_goes_on_is_reported_as_in_progress(
    make: Make, run: Callable[..., str]
) -> None:
    world = make(QUICK)
    await released(world, "follow_up.close")
    printed = run(world, "report", "shop.minor/run-1", "--out", str(world.root / "out"), "--json")
    page = json.loads(printed)["html"]
    assert page == str(world.root / "out" / "shop.minor-run-1.html")
    assert "in progress" in (world.root / "out" / "shop.minor-run-1.html").read_text()


async def test_a_release_that_ended_is_reported_as_it_ended(
    make: Make, run: Callable[..., str]
) -> None:
    world = make(QUICK)
    release = await released(world)
    await go(world, release, "release.end")
    first = (world.root / "reports" / "shop.minor-run-1.html").read_text()
    run(world, "report", release.id)
    again = (world.root / "reports" / "shop.minor-run-1.html").read_text()
    assert "promoted everywhere and closed" in first
    assert "promoted everywhere and closed" in again
    assert f"event {release.view.seq}" in again


async def test_somebody_says_that_the_review_was_held(make: Make, run: Callable[..., str]) -> None:
    world = make({"release_types": {"minor": {"review_due": "2 days"}, "major": True}})
    release = await released(world)
    await go(world, release, "release.end")
    assert release.view.review_owed is not None
    run(world, "review-held", release.id, "--notes", "alert earlier")
    assert release.view.review_owed is None
    with pytest.raises(InputError, match="no review is owed"):
        run(world, "review-held", release.id, "--notes", "again")
