"""What a simulation says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MilestoneForecast:
    """When a milestone is reached; ``None``: not within the horizon in that share of runs."""

    name: str
    p50: datetime | None
    p90: datetime | None
    never: float


@dataclass(frozen=True, slots=True)
class StepForecast:
    """When a step starts and ends, for a picture of the plan."""

    id: str
    kind: str
    start: datetime | None
    p50: datetime | None
    p90: datetime | None


@dataclass(frozen=True, slots=True)
class Missed:
    """A business window that a release let pass, why, and in which share of the runs."""

    place: str
    opens: datetime
    why: str
    share: float


@dataclass(frozen=True, slots=True)
class Outside:
    """A signature that is asked while nobody who may give it works, and in which share of runs."""

    step: str
    role: str
    share: float


@dataclass(frozen=True, slots=True)
class FreezeEffect:
    """What one freeze costs: how much later the last place opens than without it, in seconds."""

    name: str
    p50_later: float | None
    p90_later: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole answer; shares are of the runs, 0 to 1.

    Attributes:
        unmeetable: gates that can never be filled, and why.
        overrun: place → share of runs whose rollout is not done when the place closes.
        watch_off: step → share of runs in which a watch falls on days nobody works.
    """

    start: datetime
    runs: int
    seed: int
    milestones: tuple[MilestoneForecast, ...]
    steps: tuple[StepForecast, ...]
    missed: tuple[Missed, ...]
    asked_outside: tuple[Outside, ...]
    unmeetable: tuple[str, ...]
    overrun: dict[str, float]
    watch_off: dict[str, float]
    freezes: tuple[FreezeEffect, ...]
