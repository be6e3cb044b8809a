"""What a mark in Airflow's grid means to a release: weighed when it is seen, and again when used.

A mark of a seat is a signature, and so is one of a gate by somebody whose seat there is open. A
mark of a check, a judge or a monitor by its owner is an attestation, a waiver or nothing, as the
product's ``marks:`` says. A production task that is marked failed takes users back. Every other
mark counts for nothing: whoever needs the task asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from windlass.decisions.attestations import Mark, MarkPolicy, Weighed, Weight, weigh_mark
from windlass.decisions.signatures import Via
from windlass.errors import InputError
from windlass.ledger.views.release import Asked
from windlass.plan.release_plan import Form, PlannedTask
from windlass.tasks.answering import answer
from windlass.tasks.release import Release, belongs_to_package
from windlass.tasks.results import Done
from windlass.tasks.teams import holders, who_holds

#: What its owner may vouch for. Work that changes the world is done or it is not; a window and a
#: lock are not a matter of opinion; a gate opens by signatures.
ATTESTABLE = frozenset({Form.CHECK, Form.JUDGE, Form.MONITOR})


def take_mark(release: Release, task_id: str, *, by: str, at: datetime, note: str) -> str:
    """Take in that ``by`` marked ``task_id`` success. Returns in words what came of it."""
    task = next((t for t in release.plan.tasks if t.id == task_id), None)
    asked = _seat_for(release, task, by) if task is not None else None
    if asked is not None:
        return _sign(release, asked, by=by, at=at, note=note)
    if task is None or task.form not in ATTESTABLE:
        return _refuse(release, task_id, by, "a mark counts for nothing here; the task itself does")
    weighed = _weigh(release, task, Mark(task_id, by, at, note))
    if weighed.weight is Weight.ASK_AGAIN:
        return _refuse(release, task_id, by, weighed.reason)
    release.record(
        "attestation.given",
        key=f"attested#{task_id}#{by}#{at.isoformat()}",
        by=by,
        task=task_id,
        package=_package(release, task),
        weight=weighed.weight.value,
        reason=note.strip(),
        marked_at=at.isoformat(),
        via="mark",
    )
    return weighed.reason


def take_failure(
    release: Release, task_id: str, *, by: str, note: str, state: str = "failed"
) -> bool:
    """Take in that ``by`` marked ``task_id`` failed; whether users go back to the old version.

    Where users already see the new one, a production task that somebody failed is the way back, as
    failing the whole run is, and asks for no role: stopping is never the risk. The watch gives way
    and settle begins; Airflow alone would leave the version out there until the watch ends. One
    that is skipped stops the roll-out as much: what comes after it never starts.
    """
    task = next((t for t in release.plan.tasks if t.id == task_id), None)
    users = any(release.plan.is_live(target) for target in release.view.touched)
    seen = task is not None and task.phase == "execution" and users
    if task is None or not seen or release.view.closed or release.view.outcome:
        return False
    why = f": {note.strip()}" if note.strip() else ""
    reason = f"{by} {state} {task.title.lower()}{why}"
    release.record("exposure.closed", key="closed", by=by, reason=reason)
    return True


def attested(release: Release, task: PlannedTask) -> Done | None:
    """The result that a mark gives ``task``; None when there is none that counts."""
    given = release.view.attested.get(task.id)
    if given is None or task.form not in ATTESTABLE:
        return None
    if given.get("package") != _package(release, task):
        return None
    at = datetime.fromisoformat(str(given.get("marked_at") or given["at"]))
    mark = Mark(task.id, str(given["by"]), at, str(given.get("reason", "")))
    weighed = _weigh(release, task, mark)
    if weighed.weight is Weight.ASK_AGAIN:
        return None
    if weighed.weight is Weight.ATTESTED:
        return Done({"attested_by": mark.person, "reason": mark.note})
    return _waived(release, task, mark)


def _waived(release: Release, task: PlannedTask, mark: Mark) -> Done:
    """A waiver until the day after Day 0: long enough for this release, and for no other."""
    needed = max(release.view.day_0 or mark.at, mark.at)
    release.record(
        "check.waived",
        key=f"{task.id}#marked#{mark.at.isoformat()}",
        by=mark.person,
        task=task.id,
        reason=mark.note,
        until=(needed + timedelta(days=1)).date().isoformat(),
    )
    return Done({"outcome": "FAIL", "waived_by": mark.person, "waiver": mark.note})


def _weigh(release: Release, task: PlannedTask, mark: Mark) -> Weighed:
    policy = MarkPolicy(release.policy.marks)
    waiver = policy is MarkPolicy.WAIVER and task.form is Form.CHECK
    return weigh_mark(
        mark,
        _waivers(release, task) if waiver else task.owners,
        holders(release),
        policy=policy,
        is_check=task.form is Form.CHECK,
        note_required=waiver,
    )


def _package(release: Release, task: PlannedTask) -> str | None:
    """What a mark of ``task`` speaks of; nobody vouches for the next package in advance."""
    return release.view.package if belongs_to_package(task) else None


def _waivers(release: Release, task: PlannedTask) -> tuple[str, ...]:
    suite = release.policy.quality.get(str(task.args.get("suite", "")))
    return suite.waivable_by if suite else task.owners


def _seat_for(release: Release, task: PlannedTask, by: str) -> Asked | None:
    """The open seat that a mark on a seat, or on its gate, would fill."""
    if task.form not in (Form.SEAT, Form.GATE):
        return None
    for asked in release.view.open_questions():
        question = asked.question
        if question["kind"] != "seat":
            continue
        mine = question["task"] == task.id
        of_gate = task.form is Form.GATE and question["facts"]["gate"] == task.args.get("gate")
        if mine or (of_gate and by in who_holds(release, str(question["roles"][0]))):
            return asked
    return None


def _sign(release: Release, asked: Asked, *, by: str, at: datetime, note: str) -> str:
    question = str(asked.question["id"])
    try:
        answer(release, question, "Approve", by=by, at=at, fields={"reason": note}, via=Via.MARK)
    except InputError as problem:
        return _refuse(release, str(asked.question["task"]), by, str(problem))
    return f"{by} signed: {asked.question['title']}"


def _refuse(release: Release, task: str, by: str, reason: str) -> str:
    release.record("person.was_refused", by=by, task=task, action="mark", reason=reason)
    return reason
