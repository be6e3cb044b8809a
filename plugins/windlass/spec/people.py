"""``include/teams.yaml``: who people are in each system, and which roles they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from windlass.spec.json_shapes import OneOrMany
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Slug, Zone, as_tuple
from windlass.spec.window_text import WindowText

#: Whoever is asked at night; a role that every product has without writing it down.
ON_CALL = "on_call"

Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple), OneOrMany()]


class Absence(SpecModel):
    """Somebody is away, both days included, and somebody else stands in."""

    first: date = Field(alias="from", description="First day away.")
    last: date = Field(alias="until", description="Last day away.")
    stand_in: str | None = Field(None, description="Who answers instead.")


class Person(SpecModel):
    """One person, as each system knows them."""

    name: str = Field("", description="Full name, shown in reports; empty: the short name.")
    airflow: str | None = Field(
        None, description="User id in Airflow as its auth manager gives it (FAB: the number)."
    )
    git: Names = Field((), description="E-mail addresses under which this person commits.")
    slack: str | None = Field(None, description="Slack member id, such as U024BE7LH.")
    email: str | None = Field(None, description="Where messages for this person go.")
    zone: Zone = Field("UTC", description="Time zone of the working hours.")
    hours: WindowText = Field("mon-fri 09:00-17:00", description="Working hours.")
    away: tuple[Absence, ...] = Field((), description="Absences, with stand-ins.")


class Teams(SpecModel):
    """The whole file."""

    people: Mapping[Slug, Person] = Field(description="Short name → person.")
    roles: Mapping[Slug, Names] = Field(
        default_factory=dict, description="Role → the short names of those who hold it."
    )
