"""What the count judge is given: two integers per arm and interval, and a policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Direction = Literal["increase", "decrease", "either"]
DIRECTIONS: tuple[str, ...] = ("increase", "decrease", "either")


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """One arm in one interval: requests routed to it, and how many of them were errors.

    Counts are of the interval, not cumulative.
    """

    requests: float
    errors: float

    @property
    def problem(self) -> str | None:
        """What is wrong with these figures, or ``None``."""
        if not (math.isfinite(self.requests) and math.isfinite(self.errors)):
            return f"requests {self.requests} and errors {self.errors} are not both numbers"
        if self.requests < 0 or self.errors < 0:
            return (
                f"requests {self.requests:g} and errors {self.errors:g}: a count below zero "
                "(a counter that was reset?)"
            )
        if self.errors > self.requests:
            return f"{self.errors:g} errors among {self.requests:g} requests"
        return None


@dataclass(frozen=True, slots=True)
class Look:
    """What one interval showed.

    Attributes:
        baseline: the arm that runs the old version; ``None`` when there is none.
        canary: the arm that runs the new version; ``None`` when it reported nothing.
        at: end of the interval in seconds, on any clock; ``None`` means "in the order given".
        error: why the question could not be asked; the counts are then not used.
        stage: the step of a rollout that it belongs to, such as the percent exposed. Where it
            changes a new stage begins; ``None`` for all is one stage.
    """

    baseline: ArmCounts | None = None
    canary: ArmCounts | None = None
    at: float | None = None
    error: str | None = None
    stage: float | str | None = None


@dataclass(frozen=True, slots=True)
class CountPolicy:
    """How much error a judge of counts may make, and what it must refuse.

    Attributes:
        alpha: the chance that a release which is no worse is ever rolled back by this metric,
            however often and however long one looks.
        beta: the chance that a release as bad as ``refuse_ratio`` ever gets a GO.
        refuse_ratio: the smallest ratio of rates that must not ship (2 = twice the errors).
        tolerance_ratio: a ratio up to this one counts as "no worse".
        dispersion: variance over mean of the baseline's counts (see ``dispersion``); of a plain
            series how many looks are worth one (see ``autocorrelation``). At least 1.
        direction: which change is bad. ``decrease`` reads ratios upside down.
        critical: whether this metric has an error budget of its own in a release.
        min_requests: canary requests before a GO may be given.
        planned_looks: how many looks are planned. It tunes what is bet on and changes no budget:
            looks may stop earlier or go on for ever.
        stages: how many stages are planned. ``alpha`` is for all of them together: a part of the
            wealth is bet anew at each (see ``stage_share``), and what was bet before runs on.
            ``beta`` is for each, as a release goes on only by a GO, or its deadline, at each.
        windows: the looks of each planned stage, when its length is known: it is then judged by a
            group-sequential boundary (see ``planned``). Empty: no length is known.
        max_missing: the share of looks that may be missing before nothing is concluded.
    """

    alpha: float = 0.005
    beta: float = 0.05
    refuse_ratio: float = 2.0
    tolerance_ratio: float = 1.0
    dispersion: float = 1.0
    direction: Direction = "increase"
    critical: bool = False
    min_requests: float = 50
    planned_looks: int = 60
    stages: int = 1
    windows: tuple[int, ...] = ()
    max_missing: float = 0.2

    def __post_init__(self) -> None:
        for name in ("alpha", "beta"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not between 0 and 1")
        if not 1 <= self.tolerance_ratio < math.inf:
            raise ValueError(f"tolerance_ratio: {self.tolerance_ratio} is not 1 or more")
        if not self.tolerance_ratio < self.refuse_ratio < math.inf:
            raise ValueError(
                f"refuse_ratio: {self.refuse_ratio} is not above the tolerance "
                f"{self.tolerance_ratio}; write 2 for 'twice as bad', in either direction"
            )
        if not 1 <= self.dispersion < math.inf:
            raise ValueError(f"dispersion: {self.dispersion} is not 1 or more")
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction: {self.direction!r}; allowed: {', '.join(DIRECTIONS)}")
        if self.min_requests < 0 or not 0 <= self.max_missing < 1:
            raise ValueError("min_requests must be 0 or more, max_missing from 0 to below 1")
        self._check_looks()

    def _check_looks(self) -> None:
        for name in ("planned_looks", "stages"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not 1 or more")
        if self.windows and (len(self.windows) != self.stages or min(self.windows) < 1):
            raise ValueError(
                f"windows: {list(self.windows)} are not the looks (1 or more) of each of "
                f"{self.stages} stages"
            )
