"""When a release has to start, and which start comes next: what the timetable asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from windlass.decisions.cadence.day_zero import (
    ClosedPolicy,
    DayZero,
    each_day_zero,
)
from windlass.decisions.cadence.lead import Lead
from windlass.decisions.cadence.rules import Cadence
from windlass.decisions.windows.state import HORIZON, Rules, open_spans
from windlass.decisions.windows.wallclock import ONE_DAY, ONE_SECOND, local_date, zone_named
from windlass.decisions.working_days import WorkingDays, working_days_of

#: Nobody plans further ahead than this.
FURTHEST = timedelta(days=1100)
#: Two Day 0s further apart than this never start at the same moment.
SAME_START = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cadence with its place in the calendar and its lead time."""

    cadence: Cadence
    rules: Rules
    policy: ClosedPolicy = ClosedPolicy.NEXT
    lead: Lead = field(default_factory=Lead)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    _working: WorkingDays | None = field(init=False, repr=False, compare=False, default=None)

    def working(self) -> WorkingDays:
        """The days worked where this schedule applies."""
        if self._working is None:
            days = working_days_of(self.rules.calendar, self.rules.scope, self.weekdays)
            object.__setattr__(self, "_working", days)
            return days
        return self._working


@dataclass(frozen=True, slots=True)
class Start:
    """When a release starts, and the Day 0 it starts for."""

    start: datetime
    day_zero: DayZero


def starts(schedule: Schedule, begin: datetime, end: datetime) -> list[Start]:
    """Every start whose Day 0 is in ``[begin, end)``, ascending, no two at one moment.

    A lead in working days gives a Saturday's and the next Monday's Day 0 the same start; the
    later one then starts a second later, since a run is known by its start.
    """
    return list(_starts(schedule, begin, end))


def _starts(schedule: Schedule, begin: datetime, end: datetime) -> Iterator[Start]:
    zone, working = zone_named(schedule.cadence.zone), schedule.working()
    since = begin - SAME_START if schedule.lead.working else begin
    latest: datetime | None = None
    for zero in each_day_zero(
        schedule.cadence, schedule.rules, since, end, schedule.policy, working
    ):
        if zero.skipped:
            continue
        start = schedule.lead.before(zero.instant, zone, working)
        if latest is not None and start <= latest:
            start = latest + ONE_SECOND
        latest = start
        if zero.instant >= begin:
            yield Start(start, zero)


def next_start(
    schedule: Schedule,
    now: datetime,
    *,
    last: datetime | None = None,
    grace: timedelta = timedelta(0),
    earliest: datetime | None = None,
    past: datetime | None = None,
    catch_up: bool = False,
) -> Start | None:
    """The start that comes next.

    A start that was missed (paused, scheduler down, file broken) is still made while it is less
    than ``grace`` old; of several missed ones the newest. One sprint gives one release: where a
    freeze moved a Day 0 after its run was made, it does not give a second run.

    Args:
        schedule: cadence, calendar, lead.
        now: the present.
        last: Day 0 of the last run made by the schedule.
        grace: how late a start may be.
        earliest: no start before this.
        past: only starts after this.
        catch_up: make every start since ``earliest`` (a backfill), however old.
    """
    ran = _ran_until(schedule, last)
    oldest = now - grace
    if catch_up:
        oldest = earliest or last or now
    elif earliest is not None:
        oldest = max(oldest, earliest)
    begin = oldest if last is None else max(oldest, last)
    missed: Start | None = None
    for candidate in _upcoming(schedule, begin):
        if candidate.start < oldest or not _unrun(schedule, candidate, ran):
            continue
        if past is not None and candidate.start <= past:
            continue
        if catch_up:
            return candidate
        if candidate.start > now:
            return missed or candidate
        missed = candidate
    return missed


def next_fitting(schedule: Schedule, now: datetime) -> datetime | None:
    """Day 0 of a release that a person starts ``now``: the first opening after its lead time.

    ``None``: nothing opens within the horizon.
    """
    zone = zone_named(schedule.cadence.zone)
    return opening_from(schedule.rules, schedule.lead.after(now, zone, schedule.working()))


def opening_from(rules: Rules, at: datetime) -> datetime | None:
    """The first instant from ``at`` on that is open; ``None``: none within the horizon."""
    until = at + HORIZON
    if rules.calendar.known_until is not None:
        until = min(until, rules.calendar.known_until)
    first = next(open_spans(rules, at, until), None)
    return first.start if first else None


def _upcoming(schedule: Schedule, begin: datetime) -> Iterator[Start]:
    """Lazily: the starts whose Day 0 is at or after ``begin``, in chunks that grow."""
    end = begin + FURTHEST
    length = (2 * schedule.cadence.rule.period_days + 2 * schedule.lead.days) * ONE_DAY
    while begin < end:
        stop = min(begin + length, end)
        yield from _starts(schedule, begin, stop)
        begin, length = stop, 4 * length


def _ran_until(schedule: Schedule, last: datetime | None) -> date | None:
    """The local date of the cadence's own Day 0 that the last run was for."""
    if last is None:
        return None
    day = local_date(last, zone_named(schedule.cadence.zone))
    if schedule.policy is not ClosedPolicy.EARLIER:
        return day
    horizon = day + 2 * schedule.cadence.rule.period_days * ONE_DAY
    return next(iter(schedule.cadence.rule.dates(day, horizon, schedule.working())), day)


def _unrun(schedule: Schedule, candidate: Start, ran: date | None) -> bool:
    zero = candidate.day_zero
    nominal = local_date(zero.moved_from or zero.instant, zone_named(schedule.cadence.zone))
    return ran is None or nominal > ran
