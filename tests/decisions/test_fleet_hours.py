"""A fleet across time zones, over both changes of the clocks: each region in its own hours.

The hours are worked out a second time here, by the wall clock that ``zoneinfo`` gives, so that a
window that slips by an hour when a region's clocks change is found.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from windlass.decisions.rollout import next_move
from windlass.decisions.rollout_state import (
    Clock,
    MoveKind,
    Region,
    RolloutPolicy,
    RolloutState,
    after,
)
from windlass.decisions.verdict import Outcome, Verdict
from windlass.decisions.windows import Calendar, Scope, parse_windows, state_at

#: Region → its zone, wave by wave. Two hemispheres, one zone without summer time, one half-hour.
WAVES = (
    {"dublin": "Europe/Dublin"},
    {"berlin": "Europe/Berlin", "new-york": "America/New_York"},
    {"los-angeles": "America/Los_Angeles", "tokyo": "Asia/Tokyo"},
    {
        "sydney": "Australia/Sydney",
        "adelaide": "Australia/Adelaide",
        "santiago": "America/Santiago",
    },
)
ZONES = {region: zone for wave in WAVES for region, zone in wave.items()}
OPEN, CLOSE = time(10), time(16)
HOURS = {region: parse_windows("10:00-16:00", zone) for region, zone in ZONES.items()}
LOOK = timedelta(minutes=30)
POLICY = RolloutPolicy(
    first_bake=timedelta(hours=1), bake=timedelta(hours=1), longest=timedelta(hours=9)
)
GO, BAD = Verdict(Outcome.INCONCLUSIVE, ("so far",)), Verdict(Outcome.FAIL, ("errors",))
#: Days on which clocks change somewhere, and the zones in which they do.
CHANGES = {
    date(2026, 3, 8): ("America/New_York", "America/Los_Angeles"),
    date(2026, 3, 29): ("Europe/Dublin", "Europe/Berlin"),
    date(2026, 4, 5): ("Australia/Sydney", "Australia/Adelaide", "America/Santiago"),
    date(2026, 9, 6): ("America/Santiago",),
    date(2026, 10, 4): ("Australia/Sydney", "Australia/Adelaide"),
    date(2026, 10, 25): ("Europe/Dublin", "Europe/Berlin"),
    date(2026, 11, 1): ("America/New_York", "America/Los_Angeles"),
}


def fleet() -> RolloutState:
    regions = tuple(
        Region(name=name, wave=number, steps=(10, 100))
        for number, wave in enumerate(WAVES)
        for name in wave
    )
    return RolloutState(version="1.4.0", regions=regions, at_once={1: 2, 2: 2, 3: 3})


def shut(at: datetime) -> dict[str, str]:
    """The regions that are closed, as Windlass says."""
    found = {}
    for region, zone in ZONES.items():
        state = state_at(at, Calendar(), Scope("shop", "production", region, zone), HOURS[region])
        if not state.open:
            found[region] = state.why
    return found


def in_hours(region: str, at: datetime) -> bool:
    """Whether the clock on the region's wall is within its hours."""
    return OPEN <= at.astimezone(ZoneInfo(ZONES[region])).time() < CLOSE


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_the_clocks_change_on_that_day(changes: date) -> None:
    """What the next tests rest on, said by the time zone data themselves."""
    before = datetime.combine(changes, time(0), UTC) - timedelta(days=1)
    for zone in CHANGES[changes]:
        offsets = {(before + n * timedelta(days=3)).astimezone(ZoneInfo(zone)).utcoffset()
                   for n in (0, 1)}  # fmt: skip
        assert len(offsets) == 2, zone


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_every_region_is_begun_in_its_own_hours_around_a_change_of_the_clocks(
    changes: date,
) -> None:
    now = fleet()
    at = datetime.combine(changes, time(0), UTC) - timedelta(days=2)
    begun: dict[str, datetime] = {}
    ends = at + timedelta(days=14)
    while not all(region.done for region in now.regions):
        move = next_move(now, {r.name: GO for r in now.exposed}, {}, Clock(at, shut(at)), POLICY)
        for step in move.steps:
            if step.region not in begun:
                begun[step.region] = at
                assert in_hours(step.region, at), (step.region, at)
        now = after(now, move, at)
        at += LOOK
        assert at < ends
    assert list(begun) == list(now.touched)
    waves = [now.region(name).wave for name in begun]
    assert waves == sorted(waves)
    for region, when in begun.items():
        # none was late either: it began at the first look at which its turn and its hours had come
        earlier = when - LOOK
        others = [r for r in now.regions if r.wave < now.region(region).wave]
        turn = max((now_done(r, begun) for r in others), default=earlier)
        assert not in_hours(region, earlier) or earlier <= turn, (region, when)


def now_done(region: Region, begun: dict[str, datetime]) -> datetime:
    """The earliest that the region can have been through: two steps of an hour each."""
    return begun[region.name] + 2 * POLICY.bake


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_failure_puts_every_region_back_at_once_whatever_their_clocks_say(changes: date) -> None:
    """Last touched first; a night or a changed clock stops no way back."""
    now = fleet()
    at = datetime.combine(changes, time(0), UTC) - timedelta(days=2)
    while len(now.touched) < 4:
        move = next_move(now, {r.name: GO for r in now.exposed}, {}, Clock(at, shut(at)), POLICY)
        now, at = after(now, move, at), at + LOOK
    bad = now.touched[-1]
    closed = dict.fromkeys(ZONES, "it is night")
    back = next_move(now, {bad: BAD}, {}, Clock(at, closed), POLICY)
    assert back.kind is MoveKind.ROLL_BACK
    assert [step.region for step in back.steps] == list(reversed(now.touched))
    done = next_move(after(now, back, at), {}, {}, Clock(at, closed), POLICY)
    assert done.kind is MoveKind.DONE
