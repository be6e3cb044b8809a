"""``judge:``: which metrics decide, with what error budgets, and what happens without an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from windlass.spec.json_shapes import entry_of
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Duration, Slug, parse_duration

Direction = Literal["increase", "decrease", "either"]


class EffectSize(SpecModel):
    """How large a significant change must be to count, and to be critical."""

    measure: Literal["mean_ratio", "cles"] = Field(
        "mean_ratio", description="Ratio of means, or the chance that a canary point is higher."
    )
    allowed_increase: float | None = Field(None, description="An increase below this passes.")
    allowed_decrease: float | None = Field(None, description="A decrease above this passes.")
    critical_increase: float | None = Field(None, description="From here on it is critical.")
    critical_decrease: float | None = Field(None, description="Down from here it is critical.")


class ScoreRules(SpecModel):
    """How the points of a metric are compared by method: score; the defaults are Kayenta's."""

    nan_strategy: Literal["remove", "replace"] = Field(
        "remove", description="replace: missing points are zeros."
    )
    outliers: Literal["keep", "remove"] = Field("keep", description="Points beyond the fences.")
    outlier_factor: float = Field(3.0, gt=0, description="Interquartile ranges to the fences.")
    effect_size: EffectSize = Field(
        default_factory=EffectSize, description="Which significant changes count."
    )
    tolerance: float = Field(
        0.25, ge=0, description="Share of the shift that its lower bound must exceed."
    )
    confidence: float = Field(0.98, gt=0, lt=1, description="Of the interval of the shift.")


class Bounds(SpecModel):
    """Bounds of one figure: at most one from above and one from below."""

    at_most: float | None = Field(None, description="Not above this.")
    below: float | None = Field(None, description="Below this.")
    at_least: float | None = Field(None, description="Not below this.")
    above: float | None = Field(None, description="Above this.")

    @model_validator(mode="after")
    def _one_a_side(self) -> Bounds:
        given = self.model_dump(exclude_none=True)
        if not given:
            raise ValueError("needs a bound: at_most, below, at_least or above")
        for pair in (("at_most", "below"), ("at_least", "above")):
            if all(word in given for word in pair):
                raise ValueError(f"has {pair[0]} and {pair[1]}; leave one of them out")
        return self


class LimitRules(SpecModel):
    """What a good and a bad figure of a metric is, by method: limits; the defaults are Argo's."""

    success: Bounds | None = Field(
        None, description="All of these hold of a good figure. A count's figure is its share (0-1)."
    )
    failure: Bounds | None = Field(
        None, description="One of these holds of a bad one. With both: else it is inconclusive."
    )
    failure_limit: int = Field(
        0, ge=-1, description="Bad looks of a step that are allowed; -1: any number."
    )
    inconclusive_limit: int = Field(
        0, ge=0, description="Inconclusive looks that are allowed; then a person is asked."
    )
    consecutive_error_limit: int = Field(
        4, ge=0, description="Looks without data in a row; then a person is asked."
    )
    consecutive_success_limit: int = Field(
        0, ge=0, description="Good looks in a row that are needed, and enough; 0: off."
    )
    count: int | None = Field(None, ge=1, description="Looks of a step; none: all of its bake.")

    @model_validator(mode="after")
    def _possible(self) -> LimitRules:
        if self.success is None and self.failure is None:
            raise ValueError("needs success or failure: without a condition every look is good")
        return self


class Metric(SpecModel):
    """One metric: a count of a total, a histogram's quantile, or a plain series."""

    count: str | None = Field(None, description="Query or name of the counter of bad events.")
    of: str | None = Field(None, description="Query or name of the counter of all events.")
    histogram: str | None = Field(None, description="Query or name of the histogram.")
    quantile: float = Field(0.95, gt=0, lt=1, description="Quantile of the histogram.")
    test: Literal["share", "quantile"] = Field(
        "share",
        description="Of a histogram. share: more requests are slower than the old version's "
        "quantile. quantile: the quantile itself rose, which is slower to tell.",
    )
    series: str | None = Field(None, description="Query or name of a plain series.")
    labels: Mapping[str, str] = Field(
        default_factory=dict, description="Labels that samples must carry."
    )
    direction: Direction = Field("increase", description="Which change is bad.")
    critical: bool = Field(default=False, description="Decides alone.")
    must_have_data: bool = Field(default=True, description="No data is no pass.")
    muted: bool = Field(default=False, description="Reported, decides nothing.")
    group: Slug = Field("default", description="Metrics of a group share an error budget.")
    score: ScoreRules | None = Field(None, description="method: score: how points are compared.")
    limits: LimitRules | None = Field(None, description="method: limits: which figures are bad.")

    @model_validator(mode="after")
    def _one_kind(self) -> Metric:
        kinds = [kind for kind in (self.count, self.histogram, self.series) if kind is not None]
        if len(kinds) != 1:
            raise ValueError("needs one of count (with of), histogram or series")
        if (self.count is None) != (self.of is None):
            raise ValueError("count needs of: the counter of all events, and of needs count")
        if self.test == "quantile" and self.histogram is None:
            raise ValueError("test: quantile is of a histogram; leave it out")
        return self

    @property
    def kind(self) -> Literal["ratio", "histogram", "series"]:
        """What it is measured by."""
        if self.count is not None:
            return "ratio"
        return "histogram" if self.histogram is not None else "series"


class Judge(SpecModel):
    """Canary against baseline, at every step; and the watch after release.

    Metrics may be written beside the settings: ``judge: {errors: {count: …}}``.
    """

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema.update(
            additionalProperties=entry_of(schema["properties"]["metrics"])
        )
    )

    metrics: Mapping[Slug, Metric] = Field(
        default_factory=dict, description="Name → metric. None: the rollout is not judged."
    )
    method: Literal["sequential", "group_sequential", "score", "limits"] = Field(
        "sequential",
        description="How it decides. group_sequential: each step lasts as long as its bake; counts "
        "and latency are found a little sooner within it, and hardly after it. limits: the new "
        "version is compared with bounds that are written here, not with the old one.",
    )
    alpha: float = Field(0.005, gt=0, lt=0.5, description="Chance of a false rollback.")
    beta: float = Field(0.05, gt=0, lt=0.5, description="Chance of a false GO.")
    tolerate_ratio: float = Field(
        1.0, ge=1, description="Rates up to this ratio are no regression."
    )
    refuse_ratio: float = Field(2.0, gt=1, description="The smallest ratio that must not ship.")
    interval: Duration = Field(parse_duration("30 s"), description="Between two looks.")
    fresh: Duration = Field(parse_duration("2 min"), description="Data older than this is no data.")
    dispersion: float | None = Field(
        None, ge=1, description="Over-dispersion of counts and latency; none: measured at planning."
    )
    baseline: Duration = Field(parse_duration("1 h"), description="How far back planning measures.")
    deadline: Literal["advance", "extend", "pause", "rollback"] = Field(
        "advance",
        description="Bake over, nothing refused, no GO: what then. limits: advance is pause.",
    )
    require_go: bool = Field(default=False, description="Never advance without a GO.")
    detectable: float | None = Field(
        None, gt=1, description="Planning refuses when it cannot see a ratio as small as this."
    )
    strict: bool = Field(default=True, description="A critical metric in error never passes.")
    marginal: float = Field(75, ge=0, le=100, description="score: below this fails.")
    pass_score: float = Field(95, ge=0, le=100, description="score: from here on passes.")
    group_weights: Mapping[Slug, float] = Field(
        default_factory=dict, description="score: weight of each group."
    )

    @model_validator(mode="before")
    @classmethod
    def _metrics_in_place(cls, value: Any) -> Any:
        """``judge: {errors: {count: …}}`` means ``judge: {metrics: {errors: …}}``."""
        if not isinstance(value, Mapping):
            return value
        short = {
            key: entry
            for key, entry in value.items()
            if key not in cls.model_fields and isinstance(entry, Mapping)
        }
        if not short:
            return value
        rest = {key: entry for key, entry in value.items() if key not in short}
        return {**rest, "metrics": {**(rest.get("metrics") or {}), **short}}
