"""Do one task of a release, trusting nothing but the ledger.

Airflow, the in-process runner and the watchdog all come through :func:`perform`. A task starts
only when the ledger says that everything before it is done; where a record is missing (somebody
marked a task success, a worker died) it first does that missing work itself. So no mark, clear,
retry or crash can let a release walk past a decision.
"""

from __future__ import annotations

from typing import Any

from windlass.errors import ClaimHeld, RetryableError, WindlassError
from windlass.ledger import EffectBusyUntil
from windlass.ledger.canonical import sha256
from windlass.plan.release_plan import Form, Nature, PlannedTask, Rule
from windlass.tasks.attesting import attested
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.execution.revert import revert_what_is_free
from windlass.tasks.finding import Finding
from windlass.tasks.planning.start import waits_for_start
from windlass.tasks.red import conclude, pending
from windlass.tasks.regaining import RECHECK, regain
from windlass.tasks.registry import ROWS, Row, coroutine
from windlass.tasks.release import Release, belongs_to_package, is_rollback
from windlass.tasks.results import Ask, Done, Fail, Result, Skip, Wait

#: How often an effect that another try may be in the middle of is tried again (seconds).
BUSY_POLL = 2.0


async def perform(release: Release, task_id: str) -> Result:
    """Do the task, or say why not. Safe to call at any time, from any process, any number of times.

    Raises:
        RetryableError: something outside did not answer; call again later.
        KeyError: the frozen plan has no such task.
    """
    task = release.plan.task(task_id)
    row = ROWS[task.row]
    with release.one_moment():
        known = _known(release, task)
        if known is not None:
            return known
        refusal = _refusal(release, task, row)
        if refusal is not None:
            return _write_down(release, task, refusal)
    missing = await _missing(release, task)
    with release.one_moment():
        needless = missing or pending(release, task) or _needless(release, task)
        if needless is not None:
            return _write_down(release, task, needless)
    return await _conclude(release, task, await _in_its_place(release, task))


async def _in_its_place(release: Release, task: PlannedTask) -> Result:
    """Run the task where it belongs and when; no try is used up by waiting for either.

    Another release may hold the place. Another try may be in the middle of the same effect, or have
    died there: until it surely cannot land any more, nobody looks whether it did.
    """
    try:
        elsewhere = await regain(release, task) if task.nature is Nature.WORK else None
        return elsewhere or await _run(release, task)
    except ClaimHeld as held:
        return Wait(str(held), every=RECHECK)
    except EffectBusyUntil as busy:
        return Wait(str(busy), every=BUSY_POLL, until=busy.quiet_at)


def _known(release: Release, task: PlannedTask) -> Result | None:
    """What the ledger already says about the task; a failure says nothing: it is tried again."""
    view = release.view
    record = view.record(task.id)
    if record is not None and record.outcome == "done":
        return _taken_back(release, task) or Done(record.evidence)
    if record is not None and record.outcome == "skipped":
        return Skip("; ".join(record.reasons))
    marked = attested(release, task)
    return None if marked is None else _write_down(release, task, marked)


def _taken_back(release: Release, task: PlannedTask) -> Skip | None:
    """What to say to somebody who clears a task of a production that was put back since."""
    view = release.view
    moved = task.phase == "execution" and task.nature is Nature.WORK
    if not moved or not view.settled or not view.closed:
        return None
    return Skip(f"{view.over}; start a new release")


def _refusal(release: Release, task: PlannedTask, row: Row) -> Result | None:
    """Why the task may not start now, or at all."""
    view = release.view
    if not row.always and view.over:
        return Skip(view.over)
    if view.hold is not None and task.form is Form.STEP:
        return Wait(f"held by {view.hold['by']}: {view.hold['reason']}")
    return None


def _needless(release: Release, task: PlannedTask) -> Skip | None:
    """Asked last: what went before the task says what the release brings."""
    reason = does_not_apply(release, task)
    return None if reason is None else Skip(reason)


async def _missing(release: Release, task: PlannedTask) -> Result | None:
    """Do what should have been done before ``task``; None when nothing stands in the way.

    A question does not keep the next one waiting: people are asked side by side.
    """
    if task.nature is not Nature.WORK or task.rule is Rule.ALL_DONE:
        return None
    asks: Ask | None = None
    for before in task.after:
        setup = release.plan.task(before).nature is Nature.SETUP and release.view.opened
        if setup and not waits_for_start(release):
            continue
        result = await perform(release, before)
        if isinstance(result, Ask):
            asks = asks or result
        elif not isinstance(result, Done | Skip):
            return result
    return asks


def is_its_own_work(release: Release, task: PlannedTask) -> bool:
    """Whether performing ``task`` now would do nothing of what comes before it."""
    if task.nature is not Nature.WORK or task.rule is Rule.ALL_DONE:
        return True
    before = [release.plan.task(each) for each in task.after]
    return all(
        each.nature is Nature.SETUP or release.view.record(each.id) is not None for each in before
    )


async def _run(release: Release, task: PlannedTask) -> Result:
    with release.one_moment() as view:
        if view.outcome is None:
            attempt = release.attempt(task)
            release.record("task.started", key=f"{task.id}#started#{attempt}", task=task.id)
    try:
        result = await coroutine(task.row)(release, task)
    except WindlassError as problem:
        if isinstance(problem, RetryableError):
            raise
        result = Fail((f"{task.id}: {problem}",))
    if isinstance(result, Finding):
        return conclude(release, task, result)
    return result


async def _conclude(release: Release, task: PlannedTask, result: Result) -> Result:
    """Whoever finds that the release must not go on puts the targets back at once."""
    if release.dry_run and isinstance(result, Ask | Wait) and task.nature is Nature.WORK:
        result = _told(release, task, result)
    written = _write_down(release, task, result)
    undoes = task.phase == "execution" and task.nature is Nature.WORK and not is_rollback(release)
    if isinstance(written, Fail) and undoes:
        await revert_what_is_free(release, "; ".join(written.reasons))
    return written


def _told(release: Release, task: PlannedTask, result: Ask | Wait) -> Done:
    """In a dry run nobody is asked and nothing is waited for: it is said, and goes on."""
    if isinstance(result, Ask):
        roles = ", ".join(result.question.roles) or "the captain"
        would = f"ask {roles}: {result.question.title}"
    else:
        would = f"wait: {result.reason}"
    release.record("dry_run.recorded", key=f"{task.id}#dry", task=task.id, would=would)
    return Done(dict.fromkeys(task.evidence, f"dry run: would {would}"))


def _write_down(release: Release, task: PlannedTask, result: Result) -> Result:
    """Nothing is written to a release that has ended: its last event says how."""
    with release.one_moment() as view:
        if view.outcome is None:
            _write(release, task, result)
    return result


def _write(release: Release, task: PlannedTask, result: Result) -> None:
    match result:
        case Done(evidence):
            _finished(release, task, "done", evidence=dict(evidence))
        case Skip(reason):
            _finished(release, task, "skipped", reasons=[reason])
        case Fail(reasons):
            release.record("task.finished", task=task.id, outcome="failed", reasons=list(reasons))
        case Wait(reason, until=until):
            release.record(
                "task.waiting",
                key=f"{task.id}#waiting#{release.attempt(task)}#{sha256(reason)[:16]}",
                task=task.id,
                reason=reason,
                until=until.isoformat() if until else None,
            )
        case Ask(question, _):
            release.record(
                "question.asked",
                key=f"asked#{question.id}",
                task=task.id,
                question=question.to_json(),
            )


def _finished(release: Release, task: PlannedTask, outcome: str, **data: Any) -> None:
    view = release.view
    package = view.package if belongs_to_package(task) else None
    release.record(
        "task.finished",
        key=f"{task.id}#{outcome}#{view.cleared.get(task.id, 0)}#{package}",
        task=task.id,
        outcome=outcome,
        package=package,
        **data,
    )
