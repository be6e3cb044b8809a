"""A product: as it is written (:class:`ProductFile`) and worked out (:class:`Product`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from windlass.spec.cadence import Cadence
from windlass.spec.calendar import Calendar
from windlass.spec.checks import HttpCheck
from windlass.spec.environments import Environment, Environments, Region
from windlass.spec.flags import Flag
from windlass.spec.json_shapes import OrSwitch
from windlass.spec.model import SpecModel
from windlass.spec.people import Names, Person
from windlass.spec.policy import Policy, PolicySettings, ReleaseTypeSettings
from windlass.spec.ready import Ready
from windlass.spec.scalars import Command, Duration, Slug, parse_duration
from windlass.spec.vendor import Vendor, VendorTable
from windlass.spec.version_range import VersionRange


class Package(SpecModel):
    """How the one package of a release is built."""

    build: Command | None = Field(
        None, description="Builds it; may hold {version}. None: the source itself is the package."
    )
    artifacts: tuple[str, ...] = Field((), description="Globs of the files that it consists of.")
    acceptance: Slug | None = Field(
        None, description="Environment for acceptance; none: the last that is not live."
    )


class Versions(SpecModel):
    """How versions are read from commits."""

    paths: tuple[str, ...] = Field((), description="Only commits that touch these count.")
    commits: Literal["conventional", "tracker"] = Field(
        "conventional", description="Where a change's kind is read: commit text or issue type."
    )
    first: str = Field("0.1.0", description="The first version ever.")


class Alert(SpecModel):
    """An alert rule or route that must answer before go/no-go."""

    check: HttpCheck | None = Field(None, description="A request that proves it.")
    run: Command | None = Field(None, description="A command that proves it (exit 0).")


class Enablement(SpecModel):
    """Briefing of support before a release."""

    acknowledged_by: Slug | None = Field(None, description="Role that confirms the briefing.")
    recording: str | None = Field(None, description="Link of a recording.")


class ProductSettings(SpecModel):
    """What is the product's own, whatever the release type."""

    product: Slug = Field(description="Name; part of DAG ids.")
    title: str = Field("", description="Name that people read; empty: the name.")
    kind: Literal["service", "library", "app", "job"] = Field("service", description="Its kind.")
    cadence: Cadence | None = Field(None, description="When Day 0 is due by itself.")
    ready: Ready | None = Field(
        None, description="The end of development starts a release, beside the cadence."
    )
    roles: Mapping[Slug, Names] = Field(
        default_factory=dict, description="Role → people; the rest comes from teams.yaml."
    )
    rota: Names = Field((), description="Captains in turn; none: the first product manager.")
    on_call: Names = Field((), description="Who is asked at night; none: devops.")
    vendors: VendorTable = Field(default_factory=dict, description="Port → vendor → settings.")
    environments: Environments = Field(description="In order; live ones last.")
    package: Package = Field(default_factory=Package, description="How it is built.")
    versions: Versions = Field(default_factory=Versions, description="How versions are read.")
    smoke: Mapping[Slug, HttpCheck] = Field(
        default_factory=dict, description="Checks after a deployment that is not live."
    )
    synthetic: Mapping[Slug, HttpCheck] = Field(
        default_factory=dict, description="Checks of user workflows on the live version."
    )
    flags: Mapping[Slug, Flag] = Field(
        default_factory=dict, description="Feature flag → how it is ramped."
    )
    audiences: tuple[Slug, ...] = Field(
        (), description="The audiences that flags may be turned on for."
    )
    alerts: Mapping[Slug, Alert] = Field(
        default_factory=dict, description="Alert rules and routes that must answer."
    )
    enablement: Enablement | None = Field(None, description="Support and training.")
    depends_on: Mapping[Slug, VersionRange] = Field(
        default_factory=dict, description="Product → the versions that this one needs."
    )
    templates: str | None = Field(
        None, description="Folder with templates that replace the built-in ones."
    )
    reports: str = Field("reports", description="Folder of the release reports.")
    inline_wait: Duration = Field(
        parse_duration("15 s"), description="How long a task polls before it frees its slot."
    )
    standard_change: bool = Field(default=False, description="Change requests are standard ones.")
    regulated: bool = Field(default=False, description="Authors never approve their own release.")


def _unless_off(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: entry for key, entry in value.items() if entry is not False}
    return value


TypeSettings = Annotated[
    Mapping[Slug, ReleaseTypeSettings], BeforeValidator(_unless_off), OrSwitch()
]


class ProductFile(ProductSettings, PolicySettings):
    """``include/products/*.yaml`` as written, with ``company.yaml``'s defaults beneath it."""

    calendar: Slug = Field("company", description="Which calendar holds freezes and holidays.")
    extends: Slug | None = Field(None, description="A named set of defaults in company.yaml.")
    preset: Slug | None = Field(None, description="A ready-made set of policies: small.")
    release_types: TypeSettings = Field(
        default_factory=dict,
        description="Release type → what it does otherwise; no takes it away.",
    )


def _in_order(value: tuple[Environment, ...]) -> tuple[Environment, ...]:
    if not any(environment.live for environment in value):
        raise ValueError("no environment is live: yes")
    return value


LOOKED_UP = {"people", "roles", "rota", "on_call", "calendar", "root", "source"}


class Product(ProductSettings):
    """A product worked out in full: what tasks read, and what is frozen when a release opens."""

    environments: Annotated[Environments, AfterValidator(_in_order)]
    people: Mapping[Slug, Person] = Field(description="Everybody who holds a role.")
    calendar: Calendar = Field(description="Freezes, holidays, windows.")
    release_types: Mapping[Slug, Policy] = Field(description="Release type → its policy.")
    root: str = Field("", description="Folder that relative paths start at; not in the digest.")
    source: str = Field("", description="The file it was read from; not in the digest.")

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of everything that a release does.

        People, who holds which role, and the calendar are looked up when they are needed, not
        when a release opens: they are not in it. Neither are this machine's paths.
        """
        data = self.model_dump(mode="json", exclude=LOOKED_UP)
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def policy(self, release_type: str) -> Policy:
        """The policy of one release type.

        Raises:
            KeyError: the product has no such release type; says which it has.
        """
        try:
            return self.release_types[release_type]
        except KeyError:
            known = ", ".join(self.release_types)
            raise KeyError(f"{self.product} has no {release_type} releases, only {known}") from None

    def vendor(self, port: str) -> Vendor | None:
        """The (first) vendor of ``port``; ``None`` when the product configures none."""
        return next(iter(self.vendors.get(port, ())), None)

    def holders(self, role: str) -> tuple[str, ...]:
        """The people who hold ``role``, in the order written."""
        return self.roles.get(role, ())

    def environment(self, name: str) -> Environment:
        """The environment called ``name``.

        Raises:
            KeyError: there is none.
        """
        for environment in self.environments:
            if environment.name == name:
                return environment
        raise KeyError(f"{self.product} has no environment {name}")

    def region(self, environment: str, name: str) -> Region | None:
        """The region called ``name``; ``None`` for an environment without regions."""
        regions = self.environment(environment).regions
        return next((region for region in regions if region.name == name), None)
