"""What the count judge answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from windlass.decisions.judge.counts import ArmCounts, CountPolicy
from windlass.decisions.judge.planned import KEPT
from windlass.decisions.judge.power import detectable_ratio
from windlass.decisions.judge.prior import stage_share
from windlass.decisions.verdict import Outcome, Verdict

Decision = Literal["rollback", "go", "continue"]


@dataclass(frozen=True)
class CountVerdict:
    """One metric's verdict.

    Attributes:
        name: the metric.
        decision: rollback, go or continue.
        outcome: ``FAIL`` for rollback, ``PASS`` for go; for continue ``INCONCLUSIVE``,
            ``NO_DATA`` (nothing to tell from) or ``ERROR`` (could not ask).
        reasons: sentences a person can act on; never empty.
        e_value: evidence that the canary is worse: at the deciding look of a rollback, else now.
        p_value: 1 over the largest evidence so far; valid at every look.
        go_value: evidence against the ratio to refuse.
        ratio: canary rate over baseline rate; ``None`` while the baseline has no error to divide
            by. The interval then still has a lower bound.
        ratio_interval: ratios not refuted, at every look at once.
        look: the look that decided, counted from 1; the number of looks when none did.
        canary: all counts of the canary so far; without a baseline arm those of that time.
        baseline: all counts it was compared with.
        path: the evidence after each look.
        policy: what was asked.
        weaker: whether some of it was judged before/after instead of arm against arm.
        overtime: whether a window of known length has had all its looks, and more came.
    """

    name: str
    decision: Decision
    outcome: Outcome
    reasons: tuple[str, ...]
    e_value: float
    p_value: float
    go_value: float
    ratio: float | None
    ratio_interval: tuple[float, float]
    look: int
    canary: ArmCounts
    baseline: ArmCounts
    path: tuple[float, ...]
    policy: CountPolicy
    weaker: bool = False
    overtime: bool = False

    @cached_property
    def smallest_detectable_ratio(self) -> float:
        """The smallest ratio that this much data would have shown with 80 %; may be infinite.

        It is that of the e-process; within a window of known length it errs on the careful side.
        """
        if self.baseline.requests <= 0:
            return float("inf")
        return self.policy.tolerance_ratio * detectable_ratio(
            self.baseline.errors / self.baseline.requests,
            self.canary.requests,
            self.baseline.requests,
            self.policy.alpha * stage_share(0, self.policy.stages) * (KEPT if self.overtime else 1),
            self.policy.dispersion,
            planned=self.policy.planned_looks,
        )

    @property
    def verdict(self) -> Verdict:
        """The same as the verdict every decision gives."""
        return Verdict(
            self.outcome,
            self.reasons,
            {
                "decision": self.decision,
                "e_value": self.e_value,
                "p_value": self.p_value,
                "ratio": self.ratio,
                "look": self.look,
            },
        )
