"""When somebody who has not answered is reminded, when it is escalated, when the time is up.

Only the person's own working hours count. Asked on Friday at 16:00, hours mon-fri 09:00-17:00, a
reminder every 4 h, escalation after 8 h:

=========================  =====================================================
moment                     due
=========================  =====================================================
Fri 16:30                  nothing
Sat, Sun                   nothing: nobody is woken
Mon 12:00                  reminder 1 (an hour of Friday, three of Monday)
Mon 16:00                  reminder 2, and the escalation
Mon 20:00                  no reminder: not at work
Tue 12:00                  reminder 3
Wed 12:00, down since Mon  reminder 5 alone: what was missed meanwhile is not sent
=========================  =====================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.working_hours import (
    WorkingHours,
    after_working,
    is_working,
    next_working,
    worked_between,
)

NEVER = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a question is; all in working hours of whoever is asked, zero means never.

    Attributes:
        remind: between two reminders.
        escalate: until somebody else is told.
        give_up: until nobody is waited for any more. That is no answer: least of all a yes.
    """

    remind: timedelta
    escalate: timedelta
    give_up: timedelta = NEVER


@dataclass(frozen=True, slots=True)
class Waited:
    """``person`` has been asked since ``since``."""

    person: str
    since: datetime
    hours: WorkingHours


@dataclass(frozen=True, slots=True)
class Chase:
    """What is due now.

    Attributes:
        reminders: ``(person, which one)``, the newest of each person alone.
        silent: who was asked and did not answer, once it is to be escalated; None: not yet. It is
            at once where there is nobody to ask.
        over: whether everybody has had all the time there was.
        next: when to look again; None: nothing more will ever be due.
    """

    reminders: tuple[tuple[str, int], ...]
    silent: tuple[str, ...] | None
    over: bool
    next: datetime | None


def chase(waiting: Sequence[Waited], pace: Pace, now: datetime) -> Chase:
    """What is due at ``now`` to those who have not answered.

    Nothing is ever over for nobody: where there is no one to answer, time does not run.
    """
    worked = [worked_between(each.hours, each.since, now) for each in waiting]
    at_work = [is_working(each.hours, now) for each in waiting]
    reminders = tuple(
        (each.person, done // pace.remind)
        for each, done, works in zip(waiting, worked, at_work, strict=True)
        if pace.remind > NEVER and works and done >= pace.remind
    )
    silent = tuple(
        each.person
        for each, done in zip(waiting, worked, strict=True)
        if pace.escalate > NEVER and done >= pace.escalate
    )
    escalated = bool(silent) or (pace.escalate > NEVER and not waiting)
    over = pace.give_up > NEVER and bool(waiting) and all(done >= pace.give_up for done in worked)
    moments = [
        moment
        for each, done in zip(waiting, worked, strict=True)
        for moment in _moments(each, done, pace, now)
    ]
    first = min(moments, default=None)
    return Chase(reminders, silent if escalated else None, over, first)


def _moments(each: Waited, done: timedelta, pace: Pace, now: datetime) -> list[datetime]:
    """When something is due to this person, later than ``now``."""
    wanted = [limit for limit in (pace.escalate, pace.give_up) if limit > done]
    if pace.remind > NEVER:
        wanted.append(pace.remind * (done // pace.remind + 1))
    found = [after_working(each.hours, each.since, work) for work in wanted]
    late = done >= pace.remind > NEVER and not is_working(each.hours, now)
    back = [next_working(each.hours, now)] if late else []
    return [moment for moment in (*found, *back) if moment is not None and moment > now]
