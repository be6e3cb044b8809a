"""``risk:``: how much each factor weighs, and what high risk adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from windlass.spec.model import SpecModel

Factor = Literal[
    "size",
    "breaking",
    "migrations",
    "hot_files",
    "idle_days",
    "failures",
    "calendar",
    "team_size",
    "experience",
    "compliance",
    "targets",
    "absences",
]
FACTORS: tuple[str, ...] = get_args(Factor)

#: Points that a factor gives at most; they add up to 100.
WEIGHTS: Mapping[Factor, float] = {
    "size": 15,
    "breaking": 15,
    "migrations": 12,
    "hot_files": 8,
    "idle_days": 8,
    "failures": 12,
    "calendar": 6,
    "team_size": 4,
    "experience": 6,
    "compliance": 4,
    "targets": 5,
    "absences": 5,
}


class Risk(SpecModel):
    """How ``planning.risk`` scores a release, 0 to 100."""

    weights: Mapping[Factor, float] = Field(
        default_factory=lambda: dict(WEIGHTS), description="Most points that a factor gives."
    )
    full_size: int = Field(400, ge=1, description="Changed lines that give all points of size.")
    full_idle_days: int = Field(
        60, ge=1, description="Days since the last release that give all points of idle_days."
    )
    full_failures: int = Field(
        3, ge=1, description="Failed releases in 90 days that give all points of failures."
    )
    full_targets: int = Field(10, ge=1, description="Targets that give all points of targets.")
    hot_files: tuple[str, ...] = Field((), description="Globs of files that break often.")
    compliance: tuple[str, ...] = Field((), description="Compliance tags of this product.")
    high: int = Field(70, ge=0, le=100, description="From here on risk is high.")
    medium: int = Field(30, ge=0, le=100, description="From here on risk is medium.")
    extra_steps: tuple[int, ...] = Field(
        (), description="Steps put before the first one when risk is high, such as [1]."
    )
