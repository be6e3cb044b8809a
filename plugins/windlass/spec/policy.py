"""Everything a release type may set for itself; and a release type, worked out for one product."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeVar

from pydantic import Field

from windlass.spec.approvals import Approvals
from windlass.spec.checks import Suite
from windlass.spec.follow_up import FollowUp
from windlass.spec.judging import Judge
from windlass.spec.model import SpecModel
from windlass.spec.risk import Risk
from windlass.spec.rollout import Rollout
from windlass.spec.scalars import CalendarPeriod, Duration, Percent, Slug, parse_duration
from windlass.spec.scalars import parse_period as period

T = TypeVar("T", float, timedelta)
Tell = Literal["problems", "start_and_end", "milestones", "all"]
#: Facts of the change that are known only when it is cut.
Condition = Literal["breaking", "risk", "migrates", "migrates_or_stale", "no_way_back"]
Part = Literal["planning", "validation", "execution", "follow_up"]


class Slo(SpecModel):
    """A service level objective and its error budget, asked just before go/no-go."""

    count: str = Field(description="Query or name of the counter of bad events.")
    of: str = Field(description="Query or name of the counter of all events.")
    objective: Percent = Field(description="Share of good events, such as 99.9%.")
    window: Duration = Field(parse_duration("30 days"), description="Over how long.")
    budget_left: Percent = Field(10.0, description="Least error budget left to go on.")


class Rehearsal(SpecModel):
    """Deploy, roll back and verify this very pair of versions before production."""

    environment: Slug | None = Field(
        None, description="Where; none: the last environment that is not live."
    )
    stale_after: CalendarPeriod = Field(
        period("30 days"), description="A rehearsal older than this counts no more."
    )
    recovery_target: Duration = Field(
        parse_duration("15 min"), description="Longest rollback that is acceptable."
    )


class BackupPolicy(SpecModel):
    """What readiness asks of backups."""

    max_age: Duration = Field(parse_duration("24 h"), description="Oldest newest backup.")
    runbook: str | None = Field(None, description="File or link of the recovery runbook.")
    recovery_time: Duration | None = Field(None, description="RTO.")
    recovery_point: Duration | None = Field(None, description="RPO.")
    drill: str | None = Field(None, description="Date of the last recovery drill.")
    drill_max_age: CalendarPeriod = Field(period("365 days"), description="Oldest drill allowed.")


class PolicySettings(SpecModel):
    """What a company, a product or a release type may say; the closest to the product wins."""

    rollout: Rollout = Field(default_factory=Rollout, description="Steps, bake, migrations.")
    judge: Judge = Field(default_factory=Judge, description="Canary against baseline.")
    quality: Mapping[Slug, Suite] = Field(
        default_factory=dict, description="Suite → how it is run and read."
    )
    approvals: Approvals = Field(default_factory=Approvals, description="Seats of each gate.")
    follow_up: FollowUp = Field(default_factory=FollowUp, description="After production.")
    risk: Risk = Field(default_factory=Risk, description="How risk is scored.")
    slo: Mapping[Slug, Slo] = Field(default_factory=dict, description="Objectives.")
    rehearsal: Rehearsal = Field(default_factory=Rehearsal, description="Rollback rehearsal.")
    backup: BackupPolicy = Field(default_factory=BackupPolicy, description="Backup policy.")
    tell: Tell = Field("milestones", description="How much is told, and when.")
    notice: CalendarPeriod = Field(
        period("0 days"), description="Notice that users get before Day 0."
    )
    rollback_window: Duration = Field(
        parse_duration("24 h"), description="A regression within it rolls back by itself."
    )
    cut: CalendarPeriod = Field(
        period("3 working days"), description="Scope is locked this long before Day 0."
    )
    lead: CalendarPeriod = Field(
        period("10 days"), description="The scheduled run starts this long before Day 0."
    )
    phases: Mapping[Part, Duration] = Field(
        default_factory=dict, description="Target length of each phase, for milestones."
    )
    marks: Literal["accept", "waiver", "refuse"] = Field(
        "accept",
        description="What marking a check success in Airflow is, when its owner does: an "
        "attestation, a waiver with the note as its reason, or nothing.",
    )
    auto_rollback: bool = Field(default=True, description="A refused canary rolls back at once.")


class Strictness(SpecModel):
    """How strict the judge is at least, whatever is written for all release types."""

    alpha: float = Field(0.0, ge=0, lt=0.5, description="judge.alpha is not below this.")
    refuse_ratio: float | None = Field(
        None, gt=1, description="judge.refuse_ratio is not above this."
    )
    interval: Duration | None = Field(None, description="judge.interval is not longer than this.")
    watch: Duration | None = Field(None, description="follow_up.interval is not longer than this.")


class ReleaseTypeSettings(PolicySettings):
    """A release type as package data or in ``release_types:``."""

    title: str = Field("", description="What it is for.")
    like: Slug | None = Field(
        None, description="The release type that one of your own starts from: minor, patch …"
    )
    tasks: tuple[str, ...] = Field((), description="Rows of the workflow that it has.")
    also: tuple[str, ...] = Field((), description="Rows added to tasks.")
    tasks_if: Mapping[str, Condition] = Field(
        default_factory=dict, description="Row → it does its work only then, else it skips."
    )
    only_fast_suites: bool = Field(
        default=False, description="Only the suites marked fast are run."
    )
    strictness: Strictness = Field(
        default_factory=Strictness, description="How strict the judge is at least."
    )
    ships: Literal["code", "flags"] = Field(
        "code",
        description="What it brings to users. flags: only feature flags, of what is live already.",
    )
    max_active: int = Field(10, ge=1, description="Runs at once.")
    preempts: bool = Field(
        default=False, description="Takes an environment from an ordinary release."
    )
    frozen: bool = Field(default=True, description="Whether freezes hold it up.")
    allows: Literal["breaking", "features", "fixes"] = Field(
        "features", description="The most that its commits may hold."
    )
    needs_reason: bool = Field(default=False, description="Starting it needs a reason.")
    review_due: CalendarPeriod | None = Field(
        None, description="A post-incident review is owed within this."
    )


class Policy(ReleaseTypeSettings):
    """One release type of one product: package data, company and product merged."""

    name: Slug = Field(description="major, minor, patch, flag, emergency, rollback, or your own.")

    def tightened(self) -> Policy:
        """This policy with its judge as strict as the release type asks; idempotent."""
        least = self.strictness
        judge = self.judge.model_copy(
            update={
                "alpha": max(self.judge.alpha, least.alpha),
                "refuse_ratio": _smaller(self.judge.refuse_ratio, least.refuse_ratio),
                "interval": _smaller(self.judge.interval, least.interval),
            }
        )
        interval = _smaller(self.follow_up.interval, least.watch)
        follow_up = self.follow_up.model_copy(update={"interval": interval})
        return self.model_copy(update={"judge": judge, "follow_up": follow_up})


def _smaller(written: T, bound: T | None) -> T:
    return written if bound is None or written <= bound else bound
