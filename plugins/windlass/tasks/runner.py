"""Run a whole release in one process, without Airflow: for simulation, dry runs and tests.

The same coroutines, the same ledger, the same order. Airflow adds workers, a calendar, a screen
and survival of the process; nothing that decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from windlass.errors import RetryableError, StaleToken
from windlass.ledger.views.release import Asked
from windlass.plan.release_plan import Nature, PlannedTask, Rule
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Skip, Wait

#: Called for every open question in every round; answers through ``tasks.answering`` or not.
People = Callable[[Release, Asked], Awaitable[None]]
#: Told of every task that ended.
Watcher = Callable[[PlannedTask, Result], None]

#: How long a task that waits for the ledger alone sleeps, at most, between two looks (seconds).
LEDGER_POLL = 1.0
#: How often a task is tried again when something outside does not answer.
TRIES = 5


class Time(Protocol):
    """A clock that can be waited on; tests bring one that jumps."""

    def now(self) -> datetime:
        """The instant it is, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back after ``seconds``."""
        ...


@dataclass(slots=True)
class Run:
    """A run in progress: the state of each task, as Airflow would have it.

    ``outside``: tasks that look at the outside world at their own pace. What others write in the
    meantime does not hurry them: their own looks are written down too.
    """

    states: dict[str, str] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)


async def run_release(
    release: Release,
    *,
    time: Time,
    people: People | None = None,
    watcher: Watcher | None = None,
    patience: float = 3600.0,
    ledger_poll: float = LEDGER_POLL,
) -> Run:
    """Run until every task of the plan has ended.

    Args:
        people: answers questions.
        patience: seconds without any change after which the run is given up.
        ledger_poll: most seconds between two looks at the ledger; long where nobody else writes.

    Raises:
        TimeoutError: nothing moved for ``patience`` seconds; says what waits for what.
    """
    run = Run()
    moved = time.now()
    while len(run.states) < len(release.plan.tasks):
        ready = [task for task in release.plan.tasks if _is_due(release, run, task, time.now())]
        before, known = release.view.seq, len(run.states)
        results = await asyncio.gather(*(_try(release, run, task) for task in ready))
        for task, result in zip(ready, results, strict=True):
            _take_in(run, task, result, time.now(), ledger_poll)
            if watcher is not None and task.id in run.states:
                watcher(task, result)
        _settle_skips(release, run)
        if people is not None:
            for asked in release.view.open_questions():
                await people(release, asked)
        if release.view.seq != before:
            moved = time.now()
            run.due = {name: due for name, due in run.due.items() if name in run.outside}
        elif len(run.states) > known:
            continue  # a run that was taken up walks past what was done before: that writes nothing
        elif time.now() - moved > timedelta(seconds=patience):
            raise TimeoutError(_stuck(release, run))
        else:
            await time.sleep(_pause(run, time.now(), ledger_poll))
    return run


def _is_due(release: Release, run: Run, task: PlannedTask, now: datetime) -> bool:
    if task.id in run.states or run.due.get(task.id, now) > now:
        return False
    return _rule_holds(release, run, task)


def _rule_holds(release: Release, run: Run, task: PlannedTask) -> bool:
    """Airflow's trigger rules; a teardown waits for all, and skipping is contagious only there."""
    states = [run.states.get(before) for before in task.after]
    if any(state is None for state in states):
        return False
    if task.nature is Nature.TEARDOWN or task.rule is Rule.ALL_DONE:
        return True
    return all(state in ("success", "skipped") for state in states)


def _settle_skips(release: Release, run: Run) -> None:
    """Tasks that can never start any more, because one before them failed."""
    changed = True
    while changed:
        changed = False
        for task in release.plan.tasks:
            if task.id in run.states or task.nature is Nature.TEARDOWN:
                continue
            states = [run.states.get(before) for before in task.after]
            failed = any(state in ("failed", "upstream_failed") for state in states)
            if task.rule is Rule.NONE_FAILED and failed:
                run.states[task.id] = "upstream_failed"
                changed = True


async def _try(release: Release, run: Run, task: PlannedTask) -> Result:
    try:
        return await perform(release, task.id)
    except StaleToken as taken_over:
        head = release.ledger.head(release.id)
        release.token = head.token if head else 0
        return Wait(str(taken_over), every=LEDGER_POLL)
    except RetryableError as problem:
        run.tries[task.id] = run.tries.get(task.id, 0) + 1
        if run.tries[task.id] >= TRIES:
            return Fail((f"{task.id}: given up after {TRIES} tries: {problem}",))
        return Wait(str(problem), every=LEDGER_POLL)


def _take_in(
    run: Run, task: PlannedTask, result: Result, now: datetime, ledger_poll: float
) -> None:
    run.due.pop(task.id, None)
    match result:
        case Done():
            run.states[task.id] = "success"
        case Skip():
            run.states[task.id] = "skipped"
        case Fail():
            run.states[task.id] = "failed"
        case Wait(every=every, until=until):
            (run.outside.add if every else run.outside.discard)(task.id)
            run.due[task.id] = _next(now, every or ledger_poll, until)
        case Ask(_, until):
            run.outside.discard(task.id)
            run.due[task.id] = _next(now, ledger_poll, until)


def _next(now: datetime, every: float, until: datetime | None) -> datetime:
    due = now + timedelta(seconds=every)
    return due if until is None else min(due, max(until, now))


def _pause(run: Run, now: datetime, ledger_poll: float) -> float:
    waits = [(due - now).total_seconds() for due in run.due.values()]
    return max(0.02, min(waits, default=ledger_poll))


def _stuck(release: Release, run: Run) -> str:
    view = release.view
    asks = {str(a.question["task"]): f"asks {a.question['title']}" for a in view.open_questions()}
    waits = {task: str(wait["reason"]) for task, wait in view.waiting.items()}
    left = [task.id for task in release.plan.tasks if task.id not in run.states]
    reasons = [
        f"{task}: {asks.get(task) or waits[task]}" for task in left if task in asks or task in waits
    ]
    return "nothing moves any more; " + ("; ".join(reasons) or ", ".join(left[:10]))
