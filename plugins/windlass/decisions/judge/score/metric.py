"""One metric of the score method: two series and how to compare them, in Kayenta's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, nan

from windlass.decisions.judge.counts import DIRECTIONS, Direction

NAN_STRATEGIES = ("remove", "replace")
OUTLIER_STRATEGIES = ("keep", "remove")
MEASURES = ("mean_ratio", "cles")


class Label(StrEnum):
    """How a metric came out."""

    PASS = "Pass"  # noqa: S105 - a label
    HIGH = "High"
    LOW = "Low"
    NODATA = "Nodata"
    NODATA_FAIL = "NodataFailMetric"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class EffectSize:
    """How large a significant change must be to count, and to be critical.

    ``None`` thresholds take the measure's neutral value: 1 for a ratio of means, 0.5 for the
    common-language effect size (the chance that a canary point is above a baseline point).
    """

    measure: str = "mean_ratio"
    allowed_increase: float | None = None
    allowed_decrease: float | None = None
    critical_increase: float | None = None
    critical_decrease: float | None = None

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"measure: {self.measure!r}; allowed: {', '.join(MEASURES)}")

    def threshold(self, name: str) -> float:
        """The threshold of that name, or the neutral value."""
        given: float | None = getattr(self, name)
        neutral = 1.0 if self.measure == "mean_ratio" else 0.5
        return neutral if given is None else given


@dataclass(frozen=True, slots=True)
class ScoreMetric:
    """A metric to be labelled and scored.

    Attributes:
        name: the metric.
        control: the baseline's series; NaN where there is no point.
        experiment: the canary's series.
        direction: which change is bad.
        critical: a critical failure of it makes the score 0.
        must_have_data: missing data fails the metric instead of leaving it out.
        muted: labelled, never scored.
        groups: the groups it counts in.
        nan_strategy: ``remove`` missing points, or ``replace`` them with 0.
        outliers: ``keep`` or ``remove`` points outside the fences.
        outlier_factor: how many interquartile ranges away the fences are.
        effect_size: which significant changes count.
        tolerance: the share of the estimated shift that its lower bound must exceed.
        confidence: of the two-sided interval of the shift.
        label: the label, when it is known; the series are then not looked at.
    """

    name: str
    control: Sequence[float] = ()
    experiment: Sequence[float] = ()
    direction: Direction = "either"
    critical: bool = False
    must_have_data: bool = False
    muted: bool = False
    groups: tuple[str, ...] = ()
    nan_strategy: str = "remove"
    outliers: str = "keep"
    outlier_factor: float = 3.0
    effect_size: EffectSize = EffectSize()
    tolerance: float = 0.25
    confidence: float = 0.98
    label: Label | None = None

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction: {self.direction!r}; allowed: {', '.join(DIRECTIONS)}")
        if self.outliers not in OUTLIER_STRATEGIES:
            known = ", ".join(OUTLIER_STRATEGIES)
            raise ValueError(f"outliers.strategy: {self.outliers!r}; allowed: {known}")
        if not (isfinite(self.tolerance) and self.tolerance >= 0):
            raise ValueError(f"tolerance: {self.tolerance} is not 0 or more")
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence: {self.confidence} is not between 0 and 1")
        if not self.outlier_factor > 0:
            raise ValueError(f"outliers.factor: {self.outlier_factor} is not above 0")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A metric with its label.

    Attributes:
        name: the metric.
        label: how it came out.
        critical_failure: whether it makes the whole score 0.
        deviation: mean of the canary over mean of the baseline; NaN when either is 0.
        reasons: why.
        warnings: where the label is more lenient than the data.
        groups: the groups it counts in.
        muted: whether it is left out of the score.
        points: points of the control that were compared.
    """

    name: str
    label: Label
    critical_failure: bool = False
    deviation: float = nan
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    muted: bool = False
    points: int = 0
