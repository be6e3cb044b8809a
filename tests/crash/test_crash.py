"""A release that dies at every boundary leaves what one leaves that nobody killed.

The long form, with deaths at random, is ``make crash``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.dying import EFFECT_STAGES, Boundary, Reaper, at_random, each_once
from tests.crash.harness import BAD, GOOD, Harness
from tests.tasks.world import START

ROOT = Path(__file__).resolve().parents[2]
#: Longer than most calls may take: what a dead process was in the middle of is over by then.
NOTICED_LATE = 61.0
#: Where a release that must be taken back differs from one that need not.
WAY_BACK = ("effect execution.revert", "effect execution.settle", "effect release.end", "lock")


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """One for all tests here: what a release leaves that nobody kills is found out once."""
    return Harness(tmp_path_factory.mktemp("worlds"))


@pytest.mark.timeout(300)
def test_killed_once_at_every_boundary_nothing_doubles_drops_or_sticks(harness: Harness) -> None:
    """Every effect, event and lock of a minor release of two regions, before and after each.

    After a death the release may go on without coming by a place again; that one has its turn in
    another release.
    """
    left = harness.boundaries(GOOD)
    assert len({b.subject for b in left if b.subject.startswith("effect")}) >= 35
    while left:
        result = harness.run(GOOD, each_once(left), noticed=NOTICED_LATE)
        assert (result.stuck, dict(result.doubles), dict(result.drops)) == ("", {}, {})
        died = {kill.boundary for kill in result.kills}
        assert died & left, f"never reached: {sorted(map(str, left))}"
        left -= died


def test_killed_once_at_every_boundary_of_the_way_back_every_region_is_put_back(
    harness: Harness,
) -> None:
    places = {b for b in harness.boundaries(BAD) if b.subject.startswith(WAY_BACK)}
    result = harness.run(BAD, each_once(places), noticed=NOTICED_LATE)
    assert (result.stuck, dict(result.doubles), dict(result.drops)) == ("", {}, {})
    assert {str(kill.boundary) for kill in result.kills} >= {
        f"{stage} effect execution.revert/production/eu" for stage in EFFECT_STAGES
    }


def test_a_report_whose_page_was_being_published_by_a_dead_process_is_published(
    harness: Harness,
) -> None:
    place = Boundary("effect release.end/page-shop/run-1/report", "after intent")
    result = harness.run(GOOD, each_once({place}), noticed=50.0)
    assert (result.stuck, dict(result.doubles), dict(result.drops)) == ("", {}, {})
    assert len(result.kills) == 1


def test_the_same_seed_kills_at_the_same_places_each_time(harness: Harness) -> None:
    first, second = (harness.run(BAD, at_random(11, 0.01)).kills for _ in range(2))
    assert [str(kill.boundary) for kill in first] == [str(kill.boundary) for kill in second]
    assert first


def test_whether_a_seed_kills_at_a_place_does_not_hang_on_the_order_of_places() -> None:
    places = [Boundary(f"event {n}", "after") for n in range(200)]
    first, second = (
        {p for p in order if at_random(7, 0.1)(p, 1)} for order in (places, places[::-1])
    )
    assert first == second
    assert 5 < len(first) < 50


def test_a_dead_process_does_nothing_more() -> None:
    reaper = Reaper(each_once({Boundary("event a", "before")}), lambda: START)
    for stage in ("before", "after"):
        with pytest.raises(BaseException, match=r"event|died"):
            reaper.at("event a", stage)
    assert [str(kill.boundary) for kill in reaper.kills] == ["before event a"]


@pytest.mark.timeout(300)
def test_processes_that_sigkill_ends_leave_nothing_twice_missing_or_stuck() -> None:
    """The long form, short: what ``make crash`` runs."""
    words = [sys.executable, "-m", "tests.crash", "--kills", "1", "--share", "0.006"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "doubles 0  drops 0  stuck 0" in done.stdout.splitlines()[-1]
