"""Reminders, escalation and the end of patience, in the working hours of whoever is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.chasing import Pace, Waited, chase
from windlass.decisions.windows import parse_windows
from windlass.decisions.working_hours import WorkingHours, is_working

FRIDAY = datetime(2026, 3, 6, 16, tzinfo=UTC)
OFFICE = WorkingHours(parse_windows("mon-fri 09:00-17:00", "UTC"))
PACE = Pace(timedelta(hours=4), timedelta(hours=8), timedelta(hours=16))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def asked(person: str = "ops", hours: WorkingHours = OFFICE) -> Waited:
    return Waited(person, FRIDAY, hours)


@pytest.mark.parametrize(
    "moment, reminders, silent, over",
    [
        (at(6, 16, 30), (), (), False),
        (at(7, 12), (), (), False),
        (at(8, 23), (), (), False),
        (at(9, 11, 59), (), (), False),
        (at(9, 12), (("ops", 1),), (), False),
        (at(9, 16), (("ops", 2),), ("ops",), False),
        (at(9, 20), (), ("ops",), False),
        (at(10, 12), (("ops", 3),), ("ops",), False),
        (at(10, 16), (("ops", 4),), ("ops",), True),
        (at(11, 12), (("ops", 5),), ("ops",), True),
    ],
)
def test_the_table_of_the_docstring(
    moment: datetime, reminders: tuple[tuple[str, int], ...], silent: tuple[str, ...], over: bool
) -> None:
    found = chase([asked()], PACE, moment)
    assert (found.reminders, found.silent or (), found.over) == (reminders, silent, over)


def test_the_next_look_is_when_something_is_due() -> None:
    assert chase([asked()], PACE, FRIDAY).next == at(9, 12)
    assert chase([asked()], PACE, at(9, 12)).next == at(9, 16)
    assert chase([asked()], PACE, at(9, 20)).next == at(10, 9), "said again when back at work"


def test_zero_means_never() -> None:
    nothing = chase([asked()], Pace(timedelta(0), timedelta(0)), at(30, 12))
    assert (nothing.reminders, nothing.silent, nothing.over, nothing.next) == (
        (),
        None,
        False,
        None,
    )


def test_time_is_up_only_once_everybody_had_all_of_it() -> None:
    """A colleague who starts later in the day still has her time."""
    late = WorkingHours(parse_windows("mon-fri 12:00-20:00", "UTC"))
    both = [asked(), asked("lea", late)]
    assert not chase([both[0], Waited("lea", at(9, 12), late)], PACE, at(10, 16)).over
    assert chase(both, PACE, at(10, 20)).over


def test_nobody_s_time_never_runs_out() -> None:
    found = chase([], PACE, at(30, 12))
    assert (found.over, found.silent) == (False, ()), "but it is escalated at once"


@given(
    minutes=st.integers(0, 60 * 24 * 14),
    remind=st.integers(1, 12),
    escalate=st.integers(0, 24),
    give_up=st.integers(0, 48),
)
def test_waking_only_when_told_to_misses_nothing_that_is_due(
    minutes: int, remind: int, escalate: int, give_up: int
) -> None:
    """Following ``next`` from the start sees every reminder that a look at any minute sees."""
    pace = Pace(timedelta(hours=remind), timedelta(hours=escalate), timedelta(hours=give_up))
    moment = FRIDAY + timedelta(minutes=minutes)
    now, seen = FRIDAY, chase([asked()], pace, FRIDAY)
    while seen.next is not None and seen.next <= moment:
        assert seen.next > now
        now, seen = seen.next, chase([asked()], pace, seen.next)
    there = chase([asked()], pace, moment)
    assert there.silent == chase([asked()], pace, now).silent
    assert there.over == chase([asked()], pace, now).over
    assert not there.reminders or is_working(OFFICE, moment)
