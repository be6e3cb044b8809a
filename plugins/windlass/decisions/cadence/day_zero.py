"""Day 0: the cadence's instants after the calendar had its say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from windlass.decisions.cadence.rules import Cadence
from windlass.decisions.windows.calendar import Calendar, Override, Scope
from windlass.decisions.windows.local import LocalWindow
from windlass.decisions.windows.spans import Span
from windlass.decisions.windows.state import Rules, blockers_at, open_spans
from windlass.decisions.windows.wallclock import (
    ONE_DAY,
    ONE_SECOND,
    at_minute,
    local_date,
    require_instant,
    zone_named,
)
from windlass.decisions.working_days import WorkingDays, working_days_of

#: A Day 0 that would move further than this is skipped.
LONGEST_MOVE = timedelta(days=92)


class ClosedPolicy(StrEnum):
    """What becomes of a Day 0 on which the calendar is closed."""

    SKIP = "skip"
    NEXT = "next"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class DayZero:
    """One release date.

    Attributes:
        instant: when production may start, UTC; of a skipped one, when it would have.
        reason: the cadence, or why it was moved or skipped.
        moved_from: the cadence's own instant when that was closed.
        skipped: there is no release for it.
    """

    instant: datetime
    reason: str
    moved_from: datetime | None = None
    skipped: bool = False


def day_zeros(
    cadence: Cadence,
    calendar: Calendar,
    start: datetime,
    end: datetime,
    closed_policy: ClosedPolicy = ClosedPolicy.NEXT,
    *,
    scope: Scope | None = None,
    windows: Sequence[LocalWindow] | None = None,
    overrides: Sequence[Override] = (),
) -> list[DayZero]:
    """Every Day 0 in ``[start, end)``, ascending, without the skipped ones.

    Arguments as for ``planned_day_zeros``.
    """
    rules = Rules(calendar, scope or Scope(), windows, overrides)
    planned = planned_day_zeros(cadence, rules, start, end, closed_policy)
    return [zero for zero in planned if not zero.skipped]


def planned_day_zeros(
    cadence: Cadence,
    rules: Rules,
    start: datetime,
    end: datetime,
    closed_policy: ClosedPolicy = ClosedPolicy.NEXT,
    working: WorkingDays | None = None,
) -> list[DayZero]:
    """Every Day 0 in ``[start, end)`` and every skipped one, ascending, each with its reason.

    The calendar is asked about the instant of Day 0, never about the time of asking. ``next``
    takes the same time of day on the first day that is open then, or that day's first opening
    after it; ``earlier`` the same time of day on the last open day before, or the beginning of
    that day's last business window. A moved Day 0 never reaches its neighbour: then it is skipped.

    Args:
        cadence: which days, at what time.
        rules: calendar, scope and hours.
        start: first instant inside.
        end: first instant outside.
        closed_policy: what to do where the calendar is closed.
        working: for rules that count working days; default: Monday to Friday less the holidays.

    Raises:
        InputError: ``start`` or ``end`` has no zone.
    """
    return list(each_day_zero(cadence, rules, start, end, closed_policy, working))


def each_day_zero(
    cadence: Cadence,
    rules: Rules,
    start: datetime,
    end: datetime,
    closed_policy: ClosedPolicy,
    working: WorkingDays | None = None,
) -> Iterator[DayZero]:
    """As ``planned_day_zeros``, one at a time: those nobody asks for are not worked out."""
    start, end = require_instant(start, "start"), require_instant(end, "end")
    days = working or working_days_of(rules.calendar, rules.scope)
    nominal = cadence.around(start, end, days)
    policy = ClosedPolicy(closed_policy)
    for index, instant in enumerate(nominal):
        before = nominal[index - 1] if index else None
        after = nominal[index + 1] if index + 1 < len(nominal) else None
        reach = _reach(instant, policy, before, after)
        if reach.end < start or reach.start >= end:
            continue
        zero = _placed(instant, cadence, rules, policy, reach)
        if start <= zero.instant < end:
            yield zero


def _reach(
    nominal: datetime, policy: ClosedPolicy, before: datetime | None, after: datetime | None
) -> Span:
    """The time in which a Day 0 may end up: it never reaches its neighbour."""
    if policy is ClosedPolicy.SKIP:
        return Span(nominal, nominal)
    if policy is ClosedPolicy.NEXT:
        limit = nominal + LONGEST_MOVE
        return Span(nominal, limit if after is None else min(after, limit))
    limit = nominal - LONGEST_MOVE
    return Span(limit if before is None else max(before, limit), nominal)


def _placed(
    nominal: datetime,
    cadence: Cadence,
    rules: Rules,
    policy: ClosedPolicy,
    reach: Span,
) -> DayZero:
    if is_open(rules, nominal):
        return DayZero(nominal, str(cadence))
    why = "; ".join(blocker.text for blocker in blockers_at(rules, nominal))
    if policy is ClosedPolicy.SKIP:
        return DayZero(nominal, f"skipped: {why}", skipped=True)
    if policy is ClosedPolicy.NEXT:
        moved = _next_opening(nominal, cadence, rules, reach.end)
    else:
        moved = _earlier_opening(nominal, cadence, rules, reach.start)
    if moved is None:
        where = "before the next Day 0" if policy is ClosedPolicy.NEXT else "since the last Day 0"
        return DayZero(nominal, f"skipped: {why}; nothing opens {where}", skipped=True)
    word = "to the next opening" if policy is ClosedPolicy.NEXT else "earlier"
    return DayZero(moved, f"moved {word}: {why}", nominal)


def is_open(rules: Rules, at: datetime) -> bool:
    """Whether a release may act at ``at``; ``state_at`` says why and for how long."""
    known = rules.calendar.known_until
    if known is not None and at >= known:
        return False
    return next(open_spans(rules, at, at + ONE_SECOND), None) is not None


def _next_opening(
    nominal: datetime, cadence: Cadence, rules: Rules, limit: datetime
) -> datetime | None:
    zone = zone_named(cadence.zone)
    if rules.calendar.known_until is not None:
        limit = min(limit, rules.calendar.known_until)
    day = local_date(nominal, zone)
    while (at := at_minute(day, cadence.at, zone)) < limit:
        first = next(open_spans(rules, at, limit), None)
        if first is None:
            return None
        opens_on = local_date(first.start, zone)
        if opens_on == day:
            return first.start
        day = opens_on if opens_on > day else day + ONE_DAY
    return None


def _earlier_opening(
    nominal: datetime, cadence: Cadence, rules: Rules, limit: datetime
) -> datetime | None:
    zone = zone_named(cadence.zone)
    day = local_date(nominal, zone)
    while (at := at_minute(day, cadence.at, zone)) > limit:
        if is_open(rules, at):
            return at
        if rules.hours():
            morning = max(at_minute(day, 0, zone), limit + ONE_SECOND)
            spans = list(open_spans(rules, morning, at))
            if spans:
                return spans[-1].start
        day -= ONE_DAY
    return None
