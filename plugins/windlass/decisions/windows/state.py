"""Open or closed, why, whom to ask, and when that changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from windlass.decisions.windows.calendar import Calendar, Freeze, Holiday, Override, Scope
from windlass.decisions.windows.local import LocalWindow, window_spans
from windlass.decisions.windows.spans import Span, joined_up, merged, within_both, without
from windlass.decisions.windows.wallclock import ONE_SECOND, require_instant

#: How far ahead ``state_at`` looks for the next change.
HORIZON = timedelta(days=400)
#: How much of the calendar is looked at first; the answer is mostly near.
FIRST_CHUNK = timedelta(days=15)
WINDOW = "window"


class Purpose(StrEnum):
    """What somebody wants to do. Only ``RELEASE`` can be frozen."""

    RELEASE = "release"
    ROLLBACK = "rollback"
    KILL_SWITCH = "kill_switch"
    HOLD = "hold"
    ABORT = "abort"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that closes at an instant: ``kind`` is freeze, holiday, window or calendar."""

    kind: str
    name: str
    text: str
    owner: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WindowState:
    """The answer for one instant.

    Attributes:
        at: the instant asked about.
        open: whether a release may act then.
        why: in words, every reason.
        who: whom to ask about what closes it; empty when nobody owns it.
        next_open: when it next *becomes* open, after ``at``; ``None``: not within the horizon.
        next_close: when it next *becomes* closed, after ``at``; ``None`` as above.
        closes_for: what will close it at ``next_close``.
        blockers: what closes it now.
    """

    at: datetime
    open: bool
    why: str
    who: str = ""
    next_open: datetime | None = None
    next_close: datetime | None = None
    closes_for: str = ""
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """A calendar as it applies to one place: what ``state_at`` and ``open_spans`` read.

    Attributes:
        windows: business hours, any of which may be open; ``None``: the calendar's own; empty:
            at any hour.
        also_within: more hours that must be open *too*, such as those a release opened with.
    """

    calendar: Calendar
    scope: Scope
    windows: Sequence[LocalWindow] | None = None
    overrides: Sequence[Override] = ()
    also_within: Sequence[LocalWindow] = ()

    def hours(self) -> Sequence[LocalWindow]:
        """The business hours in force."""
        return self.calendar.windows if self.windows is None else self.windows

    def zone(self) -> str:
        """Whose days the holidays are."""
        hours = self.hours()
        return self.scope.zone or (hours[0].zone if hours else "UTC")

    def freezes(self, start: datetime, end: datetime) -> Iterator[Freeze]:
        """The freezes that touch this place in ``[start, end)``."""
        found = self.calendar.freezes_between(start, end)
        return (freeze for freeze in found if freeze.scope.touches(self.scope))

    def holidays(self, start: datetime, end: datetime) -> Iterator[Holiday]:
        """The holidays that touch this place about ``[start, end)``."""
        found = self.calendar.holidays_near(start, end)
        return (holiday for holiday in found if holiday.scope.touches(self.scope))

    def lifted(self, target: str) -> list[Span]:
        """When ``target`` is stepped over."""
        if not self.overrides:
            return []
        return merged(o.span for o in self.overrides if o.target == target)


def state_at(
    instant: datetime,
    calendar: Calendar,
    scope: Scope,
    windows: Sequence[LocalWindow] | None = None,
    purpose: Purpose = Purpose.RELEASE,
    *,
    overrides: Sequence[Override] = (),
    also_within: Sequence[LocalWindow] = (),
) -> WindowState:
    """Whether ``purpose`` may act at ``instant`` in ``scope``, and what changes that.

    Rollback, kill switch, hold and abort are never closed. An emergency is not either: the reason
    it was started with is its override, and ``blockers`` says what it steps over.

    Args:
        instant: any zone; the answers are UTC.
        calendar: freezes, holidays and default hours.
        scope: product, environment, region and the region's zone.
        windows: this place's business hours; ``None`` takes the calendar's, empty means any hour.
        purpose: what is to be done.
        overrides: those already decided (see ``decide_override``).
        also_within: hours that must be open too.

    Raises:
        InputError: ``instant`` has no zone.
    """
    at = require_instant(instant, "the instant asked about")
    rules = Rules(calendar, scope, windows, overrides, also_within)
    if purpose is not Purpose.RELEASE:
        return _never_frozen(at, rules, purpose)
    until = _horizon(at, calendar)
    changes = open_spans(rules, at, until)
    first = next(changes, None)
    if first is None:
        return _closed(at, rules, None, None)
    close = _within(first.end, until, calendar)
    if first.start > at:
        return _closed(at, rules, first.start, close)
    second = next(changes, None)
    return WindowState(
        at,
        open=True,
        why=_open_because(rules),
        next_open=second.start if second else None,
        next_close=close,
        closes_for=_words(blockers_at(rules, close)) if close else "",
    )


def open_spans(rules: Rules, start: datetime, end: datetime) -> Iterator[Span]:
    """Lazily: every stretch of ``[start, end)`` in which a release may act, in order."""
    if start >= end:
        return iter(())
    hours = _hours(rules.hours(), rules, start, end)
    if rules.also_within:
        hours = within_both(hours, _hours(rules.also_within, rules, start, end))
    return without(hours, closed_spans(rules, start, end))


def first_fitting(rules: Rules, at: datetime, needed: timedelta) -> Span | None:
    """The first opening from ``at`` on that holds ``needed``; ``None``: none within the horizon.

    One that is open already counts with what is left of it.
    """
    spans = open_spans(rules, at, _horizon(at, rules.calendar))
    return next((span for span in spans if span.end - span.start >= needed), None)


def _hours(
    windows: Sequence[LocalWindow], rules: Rules, start: datetime, end: datetime
) -> Iterator[Span]:
    lifted = rules.lifted(WINDOW)
    spans = window_spans(windows, start, end)
    if not lifted or not windows:
        return spans
    extra = (Span(max(s.start, start), min(s.end, end)) for s in lifted)
    return iter(merged((*spans, *extra)))


def closed_spans(rules: Rules, start: datetime, end: datetime) -> Iterator[Span]:
    """Lazily: when freezes and holidays close ``[start, end)``, without what is stepped over."""
    return joined_up(_closed_chunks(rules, start, end))


def _closed_chunks(rules: Rules, start: datetime, end: datetime) -> Iterator[Span]:
    length = FIRST_CHUNK
    while start < end:
        stop = min(start + length, end)
        spans: list[Span] = []
        for freeze in rules.freezes(start, stop):
            spans.extend(without((freeze.span,), rules.lifted(freeze.name)))
        for holiday in rules.holidays(start, stop):
            spans.extend(without((holiday.span(rules.zone()),), rules.lifted(holiday.name)))
        yield from merged(Span(max(s.start, start), min(s.end, stop)) for s in spans)
        start, length = stop, 2 * length


def blockers_at(rules: Rules, at: datetime) -> tuple[Blocker, ...]:
    """Everything that closes ``at``, each with its owner and end."""
    found: list[Blocker] = []
    known = rules.calendar.known_until
    if known is not None and at >= known:
        found.append(Blocker("calendar", "horizon", f"the calendar is known until {known:%F} only"))
    found.extend(
        _frozen(freeze)
        for freeze in rules.freezes(at, at + ONE_SECOND)
        if freeze.span.covers(at) and not _lifted(rules, freeze.name, at)
    )
    for holiday in rules.holidays(at, at + ONE_SECOND):
        span = holiday.span(rules.zone())
        if span.covers(at) and not _lifted(rules, holiday.name, at):
            text = f"holiday: {holiday.name}"
            found.append(Blocker("holiday", holiday.name, text, until=span.end))
    for windows in (rules.hours(), rules.also_within):
        outside = windows and not any(window.covers(at) for window in windows)
        if outside and not _lifted(rules, WINDOW, at):
            text = f"outside {', '.join(str(window) for window in windows)}"
            found.append(Blocker(WINDOW, WINDOW, text))
    return tuple(found)


def _frozen(freeze: Freeze) -> Blocker:
    reason = f" ({freeze.reason})" if freeze.reason else ""
    text = f"freeze {freeze.name}{reason} until {freeze.end:%F %H:%M} UTC"
    return Blocker("freeze", freeze.name, text, freeze.owner, freeze.end)


def _lifted(rules: Rules, target: str, at: datetime) -> bool:
    return any(span.covers(at) for span in rules.lifted(target))


def _never_frozen(at: datetime, rules: Rules, purpose: Purpose) -> WindowState:
    blockers = blockers_at(rules, at)
    name = purpose.value.replace("_", " ")
    why = f"{name} is never frozen"
    if purpose is Purpose.EMERGENCY:
        why = "an emergency's reason is its override"
    if blockers:
        why = f"{why}; it steps over {_words(blockers)}"
    return WindowState(at, open=True, why=why, blockers=blockers)


def _closed(
    at: datetime, rules: Rules, opens: datetime | None, closes: datetime | None
) -> WindowState:
    blockers = blockers_at(rules, at)
    who = ", ".join(dict.fromkeys(b.owner for b in blockers if b.owner))
    why = _words(blockers)
    if opens is None and not any(b.kind == "calendar" for b in blockers):
        why = f"{why}; nothing opens within {HORIZON.days} days"
    closes_for = _words(blockers_at(rules, closes)) if closes else ""
    return WindowState(
        at,
        open=False,
        why=why,
        who=who,
        next_open=opens,
        next_close=closes,
        closes_for=closes_for,
        blockers=blockers,
    )


def _open_because(rules: Rules) -> str:
    hours = rules.hours()
    return f"inside {', '.join(str(window) for window in hours)}" if hours else "nothing closes it"


def _words(blockers: Sequence[Blocker]) -> str:
    return "; ".join(blocker.text for blocker in blockers)


def _horizon(at: datetime, calendar: Calendar) -> datetime:
    until = at + HORIZON
    return until if calendar.known_until is None else min(until, calendar.known_until)


def _within(end: datetime, until: datetime, calendar: Calendar) -> datetime | None:
    """``end``, unless it is only where we stopped looking."""
    if end < until or (calendar.known_until is not None and end >= calendar.known_until):
        return end
    return None
