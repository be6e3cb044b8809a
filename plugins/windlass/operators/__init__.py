"""One operator does every task of a release; its names tell people what kind of task it is."""

from __future__ import annotations

from windlass.operators.release_operator import (
    ApprovalGateOperator,
    ApprovalSeatOperator,
    CheckOperator,
    DeployStepOperator,
    JudgeOperator,
    MonitorOperator,
    ReleaseOperator,
    WaitOperator,
)

__all__ = [
    "ApprovalGateOperator",
    "ApprovalSeatOperator",
    "CheckOperator",
    "DeployStepOperator",
    "JudgeOperator",
    "MonitorOperator",
    "ReleaseOperator",
    "WaitOperator",
]
