"""A release that dies at every boundary leaves what one leaves that nobody killed.

The long form, with deaths at random, is ``make crash``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.dying import EFFECT_STAGES, Boundary, Reaper, at_random, each_once
from tests.crash.harness import SHORT_GOOD, Harness
from tests.tasks.world import START


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_killed_once_at_every_boundary_of_every_effect_nothing_doubles_drops_or_sticks(
    tmp_path: Path,
) -> None:
    """Two regions; each process dies once, and the next takes up what the ledger says."""
    result = Harness(tmp_path).run(SHORT_GOOD, each_once(("effect", "lock")))
    assert (result.stuck, dict(result.doubles), dict(result.drops)) == ("", {}, {})
    died = {(kill.boundary.subject, kill.boundary.stage) for kill in result.kills}
    effects = {subject for subject in result.subjects if subject.startswith("effect")}
    assert len(effects) >= 10
    for subject in effects:
        stages = {stage for name, stage in died if name == subject}
        assert {"before intent", "after intent", "after call", "after outcome"} <= stages
    assert {"before call"} <= {stage for _, stage in died} <= {*EFFECT_STAGES, "before", "after"}


def test_the_same_seed_kills_at_the_same_places_in_whatever_order() -> None:
    places = [Boundary(f"event {n}", "after") for n in range(200)]
    first, second = (
        {p for p in order if at_random(7, 0.1)(p, 1)} for order in (places, places[::-1])
    )
    assert first == second
    assert 5 < len(first) < 50


def test_a_dead_process_does_nothing_more() -> None:
    reaper = Reaper(each_once(("event",)), lambda: START)
    for stage in ("before", "after"):
        with pytest.raises(BaseException, match=r"event|died"):
            reaper.at("event a", stage)
    assert [str(kill.boundary) for kill in reaper.kills] == ["before event a"]
