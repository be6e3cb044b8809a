"""How fast users were back: measured from the ledger, the judge's own time taken out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.recovery import Recovery, measured, told

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
EU, US = "production/eu", "production/us"


@dataclass(frozen=True)
class Happened:
    """An event, by how many seconds after the beginning it came."""

    type: str
    after: float
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    by: str = "windlass"

    @property
    def at(self) -> datetime:
        return T0 + timedelta(seconds=self.after)


def look(after: float, bad: float | None) -> Happened:
    counters = {} if bad is None else {"1.2.0": {"errors": bad}, "1.1.0": {"errors": 9.0}}
    return Happened("judge.look", after, {"target": EU, "reading": {"counters": counters}})


STORY = (
    look(-5, None),
    Happened("exposure.stepped", -4, {"target": "staging"}),
    Happened("exposure.stepped", 0, {"target": EU, "percent": 5.0}),
    look(1, 0),
    look(3, 1),
    look(5, 4),
    look(7, 9),
    Happened("exposure.closed", 8),
    Happened("revert.done", 9, {"target": "staging"}),
    Happened("revert.done", 10, {"target": EU}),
    look(11, 9),
)


def measure(*events: Happened) -> Recovery | None:
    poll = timedelta(seconds=2)
    return measured(events, "1.2.0", live={EU, US}, errors=("errors",), poll=poll)


def test_the_judges_time_ends_at_the_last_look_that_did_not_suffice() -> None:
    found = measure(*STORY)
    assert found is not None
    assert found.judged == timedelta(seconds=4)  # from the last clean look to the one before last
    assert found.recovered == timedelta(seconds=5)
    assert (found.goal, found.holds) == (timedelta(seconds=9), True)
    assert told(found) == (
        "from the first bad request to traffic back: the judge needed 4.0 s to be sure; "
        "the rest took 5.0 s (goal ≤ 2 polls + 5 s = 9 s: holds)"
    )


def test_the_last_region_that_is_back_counts() -> None:
    found = measure(*STORY, Happened("revert.done", 20, {"target": US}))
    assert found is not None
    assert found.recovered == timedelta(seconds=15)
    assert not found.holds
    assert "MISSED" in told(found)


def test_a_version_that_is_bad_at_once_needs_no_time_of_the_judge() -> None:
    found = measure(STORY[2], look(2, 50), STORY[7], STORY[9])
    assert found is not None
    assert (found.judged, found.recovered) == (timedelta(0), timedelta(seconds=10))


@pytest.mark.parametrize("left", [(), STORY[:7], (*STORY[:4], *STORY[7:8]), STORY[:8]])
def test_without_a_bad_request_or_a_way_back_there_is_nothing_to_measure(
    left: tuple[Happened, ...],
) -> None:
    assert measure(*left) is None
