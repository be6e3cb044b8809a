"""A year of random calendars, checked minute by minute by something that shares no code with us.

The oracle reads the clock: a weekly window is open when the wall clock of its zone shows a time in
it. It enumerates freezes with dateutil's RRULEs on the wall clock and turns them into instants with
dateutil's zones. Days on which a clock changes are left to ``test_every_zone``: there a clock that
shows an hour twice cannot say which of the two is meant.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil import tz
from dateutil.rrule import rrulestr

from windlass.decisions.windows import Purpose, Rules, Scope, open_spans, parse_windows, state_at
from windlass.plan.calendars import expand
from windlass.spec.calendar import Calendar as Declared

MINUTE = timedelta(minutes=1)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
MINUTES = (END - START) // MINUTE
ZONES = ("Europe/Dublin", "America/New_York", "Asia/Kathmandu", "Australia/Adelaide", "UTC")
SEEDS = range(2, 60)
RULES = (
    None,
    "FREQ=WEEKLY;BYDAY=FR",
    "FREQ=MONTHLY;BYDAY=3SA",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=DAILY;INTERVAL=9",
    "FREQ=YEARLY",
)


def random_freeze(rng: random.Random, index: int) -> dict[str, Any]:
    begins = datetime(2025, 12, 1) + timedelta(hours=rng.randrange(390 * 24))  # noqa: DTZ001
    return {
        "name": f"f{index}",
        "from": begins.isoformat(),
        "lasts": f"{rng.randrange(1, 100)} h",
        "repeat": rng.choice(RULES),
        "reason": "r",
        "owner": "o",
    }


def random_window(rng: random.Random) -> list[tuple[tuple[int, ...], int, int]]:
    found = []
    for _ in range(rng.randrange(1, 3)):
        days = tuple(sorted(rng.sample(range(7), rng.randrange(1, 7))))
        start = rng.randrange(1440)
        found.append((days, start, start + rng.randrange(1, 1440)))
    return found


def text_of(windows: list[tuple[tuple[int, ...], int, int]]) -> str:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    parts = []
    for days, start, end in windows:
        clock = [f"{minute // 60 % 24:02d}:{minute % 60:02d}" for minute in (start, end)]
        parts.append(f"{','.join(names[day] for day in days)} {clock[0]}-{clock[1]}")
    return "; ".join(parts)


class Oracle:
    """Says for each minute of the year whether it is open; ``None``: the clock cannot say."""

    def __init__(
        self, declared: Declared, windows: list[tuple[tuple[int, ...], int, int]], zone: str
    ) -> None:
        self.windows, self.zone = windows, tz.gettz(zone)
        self.frozen = self._frozen(declared)

    def _frozen(self, declared: Declared) -> list[tuple[datetime, datetime]]:
        home, found = tz.gettz(declared.zone), []
        for freeze in declared.freezes:
            begins = freeze.begins
            assert isinstance(begins, datetime)
            assert freeze.lasts is not None
            times = [begins]
            if freeze.repeat:
                rule = rrulestr(freeze.repeat, dtstart=begins)
                times = rule.between(begins, datetime(2027, 6, 1), inc=True)  # noqa: DTZ001
            for when in times:
                opens = tz.resolve_imaginary(when.replace(tzinfo=home))
                closes = tz.resolve_imaginary((when + freeze.lasts).replace(tzinfo=home))
                found.append((opens.astimezone(UTC), closes.astimezone(UTC)))
        return found

    def open_minutes(self, skip: set[date]) -> dict[int, bool]:
        """Minute of the year (from ``START``) → open; minutes of skipped dates are left out."""
        closed = bytearray(MINUTES)
        for opens, closes in self.frozen:
            first, last = (min(max(minute_of(t), 0), MINUTES) for t in (opens, closes))
            closed[first:last] = b"\x01" * (last - first)
        found: dict[int, bool] = {}
        for hour in range(0, MINUTES, 60):
            at = START + hour * MINUTE
            if at.date() in skip:
                continue
            # no clock changes on this date, so the rest of the hour is counted on from here
            local = at.astimezone(self.zone)
            shown = local.hour * 60 + local.minute
            for step in range(60):
                weekday = (local.weekday() + (shown + step) // 1440) % 7
                is_open = self._shown(weekday, (shown + step) % 1440)
                found[hour + step] = is_open and not closed[hour + step]
        return found

    def _shown(self, weekday: int, minute: int) -> bool:
        return any(
            (weekday in days and start <= minute < min(end, 1440))
            or ((weekday - 1) % 7 in days and minute < end - 1440)
            for days, start, end in self.windows
        )


def changing_days(*zones: str) -> set[date]:
    """Dates (UTC) around a change of a clock in one of the zones."""
    found: set[date] = set()
    for zone in zones:
        at = START - timedelta(days=2)
        while at < END + timedelta(days=2):
            here, there = (
                t.astimezone(tz.gettz(zone)).utcoffset() for t in (at, at + timedelta(1))
            )
            if here != there:
                found |= {(at + timedelta(days=shift)).date() for shift in range(-2, 4)}
            at += timedelta(days=1)
    return found


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.deep) for n in SEEDS)])
def test_a_year_minute_by_minute_is_what_the_clock_on_the_wall_says(seed: int) -> None:
    rng = random.Random(seed)
    home, region = rng.choice(ZONES), rng.choice(ZONES)
    declared = Declared.model_validate(
        {
            "calendar": "company",
            "zone": home,
            "freezes": [random_freeze(rng, index) for index in range(rng.randrange(4))],
        }
    )
    raw = random_window(rng)
    windows = parse_windows(text_of(raw), region)
    calendar = expand(declared, START, END + timedelta(days=30))
    scope = Scope("p", "e", "r", region)
    expected = Oracle(declared, raw, region).open_minutes(changing_days(home, region))

    mine = bytearray(MINUTES)
    for span in open_spans(Rules(calendar, scope, windows), START, END):
        first, last = minute_of(span.start), minute_of(span.end)
        mine[first:last] = b"\x01" * (last - first)
    wrong = [minute for minute, is_open in expected.items() if bool(mine[minute]) is not is_open]
    assert wrong == []
    for minute in rng.sample(sorted(expected), 100):
        at = START + minute * MINUTE
        assert state_at(at, calendar, scope, windows).open is expected[minute]
        assert state_at(at, calendar, scope, windows, Purpose.ROLLBACK).open


def minute_of(instant: datetime) -> int:
    return (instant - START) // MINUTE
