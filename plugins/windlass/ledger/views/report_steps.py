"""The twelve steps of the workflow, each with its tasks and what they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windlass.ledger.views.proofs import Proof, Proofs
from windlass.ledger.views.release import Record, ReleaseView
from windlass.plan.release_plan import PlannedTask, ReleasePlan

#: (title, the rows that belong to it; a prefix ends with a dot)
STEPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "planning",
        "Define scope, risk and timeline",
        (
            "planning.open",
            "planning.scope",
            "planning.dependencies",
            "planning.risk",
            "planning.timeline",
        ),
    ),
    (
        "planning",
        "Prepare environments, rollout and way back",
        (
            "planning.environments",
            "planning.automation",
            "planning.rollback",
            "planning.monitoring",
        ),
    ),
    (
        "planning",
        "Tell stakeholders, prepare support",
        (
            "planning.notify",
            "planning.enablement",
            "planning.documents",
            "planning.review",
            "planning.change",
        ),
    ),
    (
        "validation",
        "Assure quality",
        ("validation.cut", "validation.candidate", "validation.quality."),
    ),
    ("validation", "Accept", ("validation.acceptance.",)),
    ("validation", "Check operational readiness", ("validation.readiness.",)),
    (
        "execution",
        "Prepare the deployment",
        (
            "execution.open",
            "execution.package",
            "execution.production.window",
            "execution.production.health",
            "execution.announce",
        ),
    ),
    ("execution", "Deploy before production", ("execution.environment.",)),
    (
        "execution",
        "Deploy to production and watch",
        (
            "execution.production.migrate",
            "execution.production.step",
            "execution.production.judge",
            "execution.production.validate",
            "execution.production.retract",
            "execution.watch",
            "execution.settle",
            "follow_up.contract",
        ),
    ),
    (
        "follow_up",
        "Monitor the release",
        ("follow_up.monitor", "follow_up.adoption", "follow_up.incidents"),
    ),
    ("follow_up", "Handle issues", ("follow_up.issues",)),
    (
        "follow_up",
        "Verify, learn and close",
        (
            "follow_up.verify_features",
            "follow_up.benchmarks",
            "follow_up.experience",
            "follow_up.feedback",
            "follow_up.review",
            "follow_up.close",
        ),
    ),
)
PHASES: Mapping[str, str] = {
    "planning": "Planning",
    "validation": "Validation",
    "execution": "Execution",
    "follow_up": "Follow-up",
}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of a step. ``state``: done, waived, attested, skipped, failed, waiting, not run."""

    id: str
    title: str
    state: str
    text: str
    owners: tuple[str, ...]
    evidence: Mapping[str, Any]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the twelve. ``state`` is the worst of its tasks', or not applicable."""

    number: int
    phase: str
    title: str
    state: str
    text: str
    lines: tuple[TaskLine, ...]
    absent: tuple[tuple[str, str], ...]


#: From best to worst.
_ORDER = ("skipped", "done", "attested", "waived", "not run", "waiting", "failed")


def steps_of(view: ReleaseView, plan: ReleasePlan, proofs: Proofs) -> tuple[Step, ...]:
    """All twelve, in order; one without tasks says why."""
    return tuple(
        _step(number, phase, title, rows, view, plan, proofs)
        for number, (phase, title, rows) in enumerate(STEPS, start=1)
    )


def _step(
    number: int,
    phase: str,
    title: str,
    rows: tuple[str, ...],
    view: ReleaseView,
    plan: ReleasePlan,
    proofs: Proofs,
) -> Step:
    lines = tuple(_line(task, view, proofs) for task in plan.tasks if _belongs(task.row, rows))
    absent = tuple((n, why) for n, why in sorted(plan.not_applicable.items()) if _belongs(n, rows))
    if not lines:
        why = "; ".join(dict.fromkeys(reason for _, reason in absent))
        text = why or f"{plan.release_type} releases have no such task"
        return Step(number, PHASES[phase], title, "not applicable", text, lines, absent)
    state = max((line.state for line in lines), key=_ORDER.index)
    text = ", ".join(
        f"{count} {name}"
        for name in _ORDER
        if (count := sum(1 for line in lines if line.state == name))
    )
    return Step(number, PHASES[phase], title, state, text, lines, absent)


def _belongs(row: str, rows: tuple[str, ...]) -> bool:
    return any(row == each or (each.endswith(".") and row.startswith(each)) for each in rows)


def _line(task: PlannedTask, view: ReleaseView, proofs: Proofs) -> TaskLine:
    record = view.record(task.id)
    state, text = _state(task, view, record)
    seqs = [record.seq] if record else []
    if record is None and task.id in view.waiting:
        seqs = [int(view.waiting[task.id]["seq"])]
    if task.id in view.attested:
        seqs.append(int(view.attested[task.id]["seq"]))
    return TaskLine(
        id=task.id,
        title=task.title,
        state=state,
        text=text,
        owners=task.owners,
        evidence=dict(record.evidence) if record else {},
        proofs=proofs.of(*seqs),
    )


def _state(task: PlannedTask, view: ReleaseView, record: Record | None) -> tuple[str, str]:
    if record is None:
        waiting = view.waiting.get(task.id)
        return ("waiting", str(waiting["reason"])) if waiting else ("not run", "")
    if record.outcome != "done":
        return record.outcome, "; ".join(record.reasons)
    evidence = record.evidence
    if evidence.get("waived_by"):
        return "waived", f"by {evidence['waived_by']}: {evidence.get('waiver', '')}"
    if evidence.get("attested_by"):
        return "attested", f"by {evidence['attested_by']}: {evidence.get('reason', '')}"
    reasons = evidence.get("reasons")
    if isinstance(reasons, list) and reasons:
        return "done", "; ".join(str(reason) for reason in reasons)
    return "done", _brief(evidence)


def _brief(evidence: Mapping[str, Any]) -> str:
    """The evidence in a line: what is plain as it is, of the rest how much there is."""
    shown = [
        f"{name.replace('_', ' ')} {text}"
        for name, value in evidence.items()
        if name not in _UNSAID and (text := _said(value))
    ]
    return ", ".join(shown[:5])


#: Evidence that is said elsewhere on the page, or means nothing without the rest.
_UNSAID = frozenset({"outcome", "reasons", "package", "sha", "digest"})


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value[:19] if value.startswith("sha256:") else value
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list):
        plain = all(isinstance(each, str) for each in value)
        return ", ".join(value) if plain and 0 < len(value) <= 3 else str(len(value))
    if isinstance(value, Mapping):
        plain = all(isinstance(each, str) for each in value.values())
        pairs = (f"{name} {each}" for name, each in value.items())
        return ", ".join(pairs) if plain and 0 < len(value) <= 3 else str(len(value))
    return ""
