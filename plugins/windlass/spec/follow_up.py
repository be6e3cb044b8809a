"""``follow_up:``: the watch after release, feedback, review, and when a release may close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from windlass.spec.checks import Suite
from windlass.spec.judging import Metric
from windlass.spec.model import SpecModel
from windlass.spec.scalars import (
    CalendarPeriod,
    Duration,
    Percent,
    Slug,
    parse_duration,
    parse_period,
)

ExitCondition = Literal["in_production", "monitored", "no_critical", "told", "documented"]


class Survey(SpecModel):
    """Feedback from users."""

    questions: tuple[str, ...] = Field(min_length=1, description="What is asked.")
    open_for: CalendarPeriod = Field(
        parse_period("7 days"), description="How long answers are collected."
    )
    least: int = Field(1, ge=0, description="Fewer answers than this say nothing.")
    target: float = Field(3.5, ge=1, le=5, description="Mean score (1 to 5) that is positive.")


class Adoption(SpecModel):
    """Whether a feature is used."""

    exposed: str = Field(description="Query or name of the counter of those who could use it.")
    used: str = Field(description="Query or name of the counter of those who did.")
    target: Percent | None = Field(None, description="Share that should use it.")


class Review(SpecModel):
    """The post-release review."""

    after: CalendarPeriod = Field(parse_period("5 working days"), description="When, after Day 0.")
    at: str = Field("15:00", pattern=r"^\d\d:\d\d$", description="Time of day, product's zone.")
    minutes: int = Field(45, ge=5, description="How long.")
    within: CalendarPeriod = Field(
        parse_period("5 working days"), description="When it is overdue."
    )
    overdue: Literal["warn", "block"] = Field(
        "warn", description="What an overdue review does to the next ordinary release."
    )


class FollowUp(SpecModel):
    """Everything after production."""

    monitor: CalendarPeriod = Field(
        parse_period("3 days"), description="How long the new version is watched."
    )
    watcher: Slug | None = Field(
        None,
        description="Role that watches on days nobody works (on_call is one); none: such days do "
        "not count, and the watch ends later.",
    )
    interval: Duration = Field(parse_duration("5 min"), description="Between two looks.")
    adoption: Mapping[Slug, Adoption] = Field(
        default_factory=dict, description="Feature → how its use is counted."
    )
    benchmarks: Mapping[Slug, Metric] = Field(
        default_factory=dict, description="Figure → metric, compared with the last release."
    )
    experience: Suite | None = Field(None, description="Audit of the live version.")
    survey: Survey | None = Field(None, description="Feedback from users.")
    review: Review = Field(default_factory=Review, description="When, how long, how soon.")
    verify_features: Literal["ask", "automatic"] = Field(
        "ask", description="Whether a person confirms what the automatic checks found."
    )
    exit_conditions: tuple[ExitCondition, ...] = Field(
        ("in_production", "monitored", "no_critical", "told", "documented"),
        description="What must hold before a release closes.",
    )
    emergency: bool = Field(
        default=True, description="A critical issue of this version opens an emergency release."
    )
