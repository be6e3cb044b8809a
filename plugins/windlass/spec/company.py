"""``include/company.yaml``: defaults that products may change, minimums they may only tighten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from windlass.spec.approvals import Seats
from windlass.spec.model import SpecModel
from windlass.spec.scalars import CalendarPeriod, Duration, Slug


class MinimumApprovals(SpecModel):
    """Seats that a release type must have at least; more and stricter is fine."""

    quality: Seats = Field((), description="Of the quality gate.")
    acceptance: Seats = Field((), description="Of the acceptance gate.")
    readiness: Seats = Field((), description="Of go/no-go.")


class MinimumBake(SpecModel):
    """The shortest watch of a step."""

    time: Duration | None = Field(None, description="No step is watched for less.")
    requests: int = Field(0, ge=0, description="No step ends with fewer requests.")


class Minimums(SpecModel):
    """What no product may loosen; each loosening is an error with both places."""

    approvals: Mapping[Slug, MinimumApprovals] = Field(
        default_factory=dict, description="Release type → gate → seats."
    )
    checks: tuple[Slug, ...] = Field(
        (), description="Suites that every product has, and that are never only informative."
    )
    freezes: Slug | None = Field(None, description="A calendar whose freezes hold for everybody.")
    bake: MinimumBake = Field(default_factory=MinimumBake, description="Of every step.")
    monitor: Mapping[Slug, CalendarPeriod] = Field(
        default_factory=dict, description="Release type → shortest watch after release."
    )
    exclude: tuple[str, ...] = Field((), description="Whose signatures never count.")


class Company(SpecModel):
    """The whole file. ``defaults`` and each of ``named`` hold anything a product may hold."""

    company: str = Field("", description="Name of the company.")
    defaults: Mapping[str, Any] = Field(default_factory=dict, description="For all products.")
    named: Mapping[Slug, Mapping[str, Any]] = Field(
        default_factory=dict, description="Sets of defaults that a product takes with extends."
    )
    minimums: Minimums = Field(default_factory=Minimums, description="What nobody may loosen.")
