"""What the judge said, as the ledger keeps it: one verdict a try of the task that acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from windlass.decisions.judge.limits_release import ReleaseLimits
from windlass.decisions.judge.score.release import ReleaseScore
from windlass.decisions.rollout_state import MoveKind
from windlass.decisions.verdict import Outcome
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.execution.scoring import Judgement
from windlass.tasks.release import Release

Figures = dict[str, dict[str, float | str | None]]


def write_verdict(
    release: Release,
    task: PlannedTask,
    *,
    decision: str,
    outcome: Outcome,
    move: str,
    reasons: Sequence[str],
    figures: Figures,
) -> None:
    """Write down what ``task`` acts on; once in each of its tries."""
    release.record(
        "judge.verdict",
        key=f"{task.id}#verdict#{release.attempt(task)}",
        task=task.id,
        decision=decision,
        outcome=outcome.value,
        move=move,
        reasons=list(reasons),
        figures=figures,
    )


def write_judgement(
    release: Release,
    task: PlannedTask,
    verdict: Judgement,
    move: MoveKind,
    reasons: Sequence[str],
) -> None:
    """Write down what the judge said of one target, and the move that ``task`` makes of it."""
    write_verdict(
        release,
        task,
        decision=verdict.decision,
        outcome=verdict.outcome,
        move=move.value,
        reasons=reasons,
        figures=figures_of(verdict),
    )


def figures_of(verdict: Judgement) -> Figures:
    """The figures of each metric as the ledger keeps them: null where there is no number.

    A baseline without a single bad event makes the ratio infinite, which JSON cannot hold.
    """
    if isinstance(verdict, ReleaseScore):
        return {
            metric.name: {
                "e_value": None,
                "p_value": None,
                "ratio": _finite(metric.deviation),
                "looks": metric.points,
                "label": metric.label.value,
            }
            for metric in verdict.scored.metrics
        }
    if isinstance(verdict, ReleaseLimits):
        return {
            name: {
                "e_value": None,
                "p_value": None,
                "ratio": None,
                "looks": metric.measured,
                "label": metric.phase.value,
                "value": _finite(metric.value),
            }
            for name, metric in verdict.metrics.items()
        }
    return {
        name: {
            "e_value": _finite(metric.e_value),
            "p_value": _finite(metric.p_value),
            "ratio": _finite(metric.ratio),
            "looks": metric.look,
        }
        for name, metric in verdict.metrics.items()
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
