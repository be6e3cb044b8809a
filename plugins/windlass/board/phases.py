"""The phases of a release, and the state of each of its tasks, in the order of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.board.snapshot import Snapshot
from windlass.board.words import brief
from windlass.ledger.views.release import Record
from windlass.plan.release_plan import PlannedTask

NAMES: Mapping[str, str] = {
    "planning": "Planning",
    "validation": "Validation",
    "execution": "Execution",
    "follow_up": "Follow-up",
}
#: What counts as behind us.
ENDED = frozenset({"done", "skipped", "failed", "waived", "vouched for"})


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task.

    ``state``: done, waived, vouched for, skipped, failed, asks, waits, runs, to do or not run.
    """

    id: str
    title: str
    owners: tuple[str, ...]
    state: str
    text: str
    started: datetime | None
    ended: datetime | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase. ``state``: done, now, to do or not run."""

    name: str
    title: str
    state: str
    lines: tuple[TaskLine, ...]

    @property
    def ended(self) -> int:
        """How many of its tasks are behind us."""
        return sum(1 for line in self.lines if line.state in ENDED)


def phases_of(release: Snapshot) -> tuple[Phase, ...]:
    """Every phase that the plan has tasks of."""
    asks = {str(a.question["task"]): a.question for a in release.view.open_questions()}
    found = []
    for name, title in NAMES.items():
        tasks = [task for task in release.plan.tasks if _phase(task) == name]
        if tasks:
            lines = tuple(_line(release, task, asks) for task in tasks)
            found.append(Phase(name, title, _state(lines), lines))
    return tuple(found)


def _phase(task: PlannedTask) -> str:
    """The phase a reader looks for it in: what ends a release comes with the last one."""
    return task.phase if task.phase in NAMES else "follow_up"


def current(phases: tuple[Phase, ...]) -> Phase | None:
    """The phase that is under way: the last one in which something has begun and not all ended."""
    begun = [phase for phase in phases if phase.state == "now"]
    return begun[-1] if begun else None


def _state(lines: tuple[TaskLine, ...]) -> str:
    if all(line.state in ENDED for line in lines):
        return "done"
    if all(line.state == "to do" for line in lines):
        return "to do"
    return "not run" if all(line.state == "not run" for line in lines) else "now"


def _line(release: Snapshot, task: PlannedTask, asks: Mapping[str, Mapping[str, Any]]) -> TaskLine:
    record = release.view.record(task.id)
    state, text = _stands(release, task, record, asks.get(task.id))
    return TaskLine(
        id=task.id,
        title=task.title,
        owners=task.owners,
        state=state,
        text=text,
        started=release.view.started.get(task.id),
        ended=record.at if record else None,
        evidence=record.evidence if record else {},
    )


def _stands(
    release: Snapshot, task: PlannedTask, record: Record | None, asks: Mapping[str, Any] | None
) -> tuple[str, str]:
    view = release.view
    if record is not None:
        return _ended(record)
    if asks is not None:
        return "asks", str(asks["title"])
    if task.id in view.waiting:
        return "waits", str(view.waiting[task.id]["reason"])
    if task.id in view.started and view.outcome is None:
        return "runs", ""
    return ("to do" if view.outcome is None else "not run"), ""


def _ended(record: Record) -> tuple[str, str]:
    evidence = record.evidence
    if record.outcome != "done":
        return record.outcome, "; ".join(record.reasons)
    if evidence.get("waived_by"):
        return "waived", f"by {evidence['waived_by']}: {evidence.get('waiver', '')}"
    if evidence.get("attested_by"):
        return "vouched for", f"by {evidence['attested_by']}: {evidence.get('reason', '')}"
    reasons = evidence.get("reasons")
    if isinstance(reasons, list) and reasons:
        return "done", "; ".join(str(reason) for reason in reasons)
    return "done", brief(evidence)
