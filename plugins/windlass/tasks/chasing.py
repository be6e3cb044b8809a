"""Remind those who have not answered, and tell somebody else when that does not help.

The wait of the task that asks is the clock: it wakes when something is due. Each message is one
effect of the ledger, so that it goes out once whoever dies; each is an event. A channel that does
not answer holds no gate up: it is tried again later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.chasing import NEVER, Chase, Pace, Waited, chase
from windlass.decisions.working_hours import WorkingHours, next_working
from windlass.errors import LedgerError, WindlassError
from windlass.plan.release_plan import PlannedTask
from windlass.plan.simulating import hours_of_person
from windlass.spec.people import Person
from windlass.tasks.calendars import calendar_in_force
from windlass.tasks.question import Question
from windlass.tasks.release import Release
from windlass.tasks.teams import holders, who_holds
from windlass.tasks.telling import tell

#: When a channel did not answer, and until it does.
TRY_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Chased:
    """``over``: the time to answer is up. ``until``: when to look again; None: never."""

    over: bool
    until: datetime | None


async def chase_up(
    release: Release,
    task: PlannedTask,
    question: Question,
    people: Iterable[str],
    *,
    pace: Pace | None = None,
    hours: WorkingHours | None = None,
) -> Chased:
    """Send what is due to ``people`` for ``question``; says when something is due next.

    Args:
        people: those whose answer is still wanted.
        pace: how patient the question is; None: as the approvals of the release type.
        hours: when people are asked; None: in their own working hours.
    """
    if release.dry_run:
        return Chased(over=False, until=None)
    asked = release.view.questions.get(question.id)
    now = release.now()
    since = asked.at if asked else now
    waiting = tuple(
        Waited(person, start, hours or hours_of(release, person))
        for person, start in _since(release, question, people, since).items()
    )
    due = chase(waiting, pace or pace_of(release), now)
    later = await _send(release, task, question, due, hours) if asked else None
    return Chased(due.over, min(filter(None, (due.next, later)), default=None))


def pace_of(release: Release) -> Pace:
    """How patient this release type is."""
    wanted = release.policy.approvals
    return Pace(wanted.remind, wanted.escalate, wanted.answer_within or NEVER)


def hours_of(release: Release, person: str) -> WorkingHours:
    """When ``person`` works: as published, without holidays and absences; else office hours."""
    known = release.product.people.get(person) or Person()
    return hours_of_person(known, calendar_in_force(release, release.now()))


def _since(
    release: Release, question: Question, people: Iterable[str], since: datetime
) -> dict[str, datetime]:
    """Who is asked since when: nobody before they held the role that is asked."""
    known, found = holders(release), {}
    for person in dict.fromkeys(people):
        tenures = [
            tenure.since
            for role in question.roles
            for tenure in known.tenures.get(role, ())
            if tenure.person == person and tenure.covers(release.now())
        ]
        found[person] = max(since, min(tenures)) if tenures else since
    return found


async def _send(
    release: Release,
    task: PlannedTask,
    question: Question,
    due: Chase,
    hours: WorkingHours | None,
) -> datetime | None:
    """Send what is due; when to try again what could not go out, None: all of it did."""
    try:
        for person, number in due.reminders:
            await _remind(release, task, question, person, number)
        if due.silent is not None:
            return await _escalate(release, task, question, due.silent, hours)
    except LedgerError:
        raise
    except WindlassError as problem:
        release.record(
            "evidence",
            key=f"{task.id}#not-told#{question.digest}#{type(problem).__name__}",
            task=task.id,
            note=f"nobody could be reminded: {problem}",
        )
        return release.now() + TRY_AGAIN
    return None


async def _remind(
    release: Release, task: PlannedTask, question: Question, person: str, number: int
) -> None:
    told = await tell(
        release,
        task,
        "ask",
        f"{release.name}: {question.title} waits for {person}",
        body=_how(release, question),
        to=(person,),
        name=f"reminder-{question.digest}-{person}-{number}",
        every_try=False,
    )
    if told:
        release.record(
            "seat.reminded",
            key=f"reminded#{question.id}#{person}#{number}",
            task=task.id,
            question=question.id,
            person=person,
            number=number,
            messages=told,
        )


async def _escalate(
    release: Release,
    task: PlannedTask,
    question: Question,
    silent: tuple[str, ...],
    hours: WorkingHours | None,
) -> datetime | None:
    """Tell the captain once they are at work; a product manager where the captain is silent."""
    to = _whom(release, silent)
    works = hours or hours_of(release, to[0] if to else "")
    start = next_working(works, release.now())
    if start is not None and start > release.now():
        return start
    who = ", ".join(silent) or "nobody who is there may answer"
    told = await tell(
        release,
        task,
        "problem",
        f"{release.name}: {question.title} is not answered ({who})",
        body=_how(release, question),
        to=to,
        name=f"escalation-{question.digest}",
        every_try=False,
    )
    release.record(
        "seat.escalated",
        key=f"escalated#{question.id}",
        task=task.id,
        question=question.id,
        person=who,
        to=list(to),
        messages=told,
    )
    return None


def _whom(release: Release, silent: tuple[str, ...]) -> tuple[str, ...]:
    captain = release.view.captain
    found = [captain, *who_holds(release, "product_manager")]
    others = [person for person in dict.fromkeys(found) if person and person not in silent]
    return tuple(others[:1]) or ((captain,) if captain else ())


def _how(release: Release, question: Question) -> str:
    asked = release.view.questions[question.id]
    return (
        f"Asked on {asked.at:%Y-%m-%d %H:%M %Z}. Answers: {', '.join(question.options)}.\n"
        f"In Airflow's Required Actions, on the release's page, or: windlass gates --release "
        f"{release.id}"
    )
