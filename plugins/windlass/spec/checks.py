"""``quality:``, smoke and synthetic checks: what is run, how its result is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from windlass.spec.model import SpecModel
from windlass.spec.scalars import Command, Duration, Percent, Slug, parse_duration

OnRed = Literal["ask", "block", "inform"]


class HttpCheck(SpecModel):
    """One request and what its answer must be."""

    path: str = Field("/", description="Path below the target's URL, or a whole URL.")
    method: Literal["GET", "HEAD", "POST", "PUT"] = Field("GET", description="HTTP method.")
    body: Mapping[str, Any] | None = Field(None, description="JSON body.")
    expect: int = Field(200, ge=100, le=599, description="HTTP status that is right.")
    contains: str | None = Field(None, description="Text the answer must hold; may hold {version}.")
    within: Duration = Field(parse_duration("5 s"), description="Longest wait.")
    times: int = Field(1, ge=1, le=1000, description="How many requests, all of which must pass.")


class Report(SpecModel):
    """Where a suite leaves its result; exactly one format, the path may be a glob."""

    junit: str | None = Field(None, description="JUnit XML.")
    sarif: str | None = Field(None, description="SARIF 2.1 (security findings).")
    axe: str | None = Field(None, description="axe-core JSON (accessibility findings).")
    k6: str | None = Field(None, description="k6 summary JSON.")
    locust: str | None = Field(None, description="Locust statistics CSV or JSON.")

    @model_validator(mode="after")
    def _one(self) -> Report:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("must name one report: junit, sarif, axe, k6 or locust")
        return self

    @property
    def format(self) -> str:
        """Which format it is."""
        return next(iter(self.model_dump(exclude_none=True)))

    @property
    def path(self) -> str:
        """Where it is."""
        return str(next(iter(self.model_dump(exclude_none=True).values())))


class Target(SpecModel):
    """A performance target: a figure of the load report and its bound."""

    at_most: float | None = Field(None, description="The figure may not be above this.")
    at_least: float | None = Field(None, description="The figure may not be below this.")
    worse_by: Percent | None = Field(
        None, description="How much worse than the last release it may be."
    )


class Suite(SpecModel):
    """One quality check: a command with a report, or a person with a checklist."""

    run: Command | None = Field(None, description="The command; runs in the release's source.")
    report: Report | None = Field(None, description="Where the result is; none: the exit code.")
    manual: Slug | None = Field(None, description="The role that checks by hand instead.")
    checklist: tuple[str, ...] = Field((), description="What the person goes through.")
    passing: Percent = Field(
        100.0, alias="pass", description="Share of tests that must pass, of those not skipped."
    )
    max_severity: Literal["none", "low", "medium", "high", "critical"] = Field(
        "medium", description="Worst finding (SARIF, axe) that is let through."
    )
    targets: Mapping[str, Target] = Field(
        default_factory=dict, description="Figure of a load report → its bound."
    )
    on_red: OnRed = Field("ask", description="Red: ask a person, block, or only inform.")
    rerun: int = Field(0, ge=0, le=5, description="How often a red run is repeated by itself.")
    fast: bool = Field(default=False, description="Runs in an emergency too.")
    timeout: Duration = Field(parse_duration("1 h"), description="Longest run.")
    waivable_by: tuple[Slug, ...] = Field(
        ("qa_engineer", "product_manager"), description="Roles that may waive a red result."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Suite:
        if (self.run is None) == (self.manual is None):
            raise ValueError("needs either run (a command) or manual (a role)")
        return self
