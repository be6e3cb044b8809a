"""``environments:``: where a release goes, in order, and how regions follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from windlass.spec.checks import HttpCheck
from windlass.spec.json_shapes import Named, NamedEntries
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Slug, Zone
from windlass.spec.window_text import WindowText


def _named(value: Any) -> Any:
    """``{production: {live: yes}}`` or ``production`` → ``{name: production, live: yes}``."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, Mapping) and len(value) == 1 and "name" not in value:
        ((name, settings),) = value.items()
        if settings is None or isinstance(settings, Mapping):
            return {"name": name, **(settings or {})}
    return value


def _listed(value: Any) -> Any:
    """``{eu: {…}, us: {…}}`` → ``[{name: eu, …}, {name: us, …}]``; keeps the order."""
    if isinstance(value, Mapping):
        return [_named({name: settings}) for name, settings in value.items()]
    return value


class Region(SpecModel):
    """One region of an environment: its own zone, window, checks."""

    name: Slug = Field(description="Name of the region; part of task ids.")
    zone: Zone = Field("UTC", description="Time zone of the window.")
    window: WindowText | None = Field(
        None, description="When a rollout may run here, local time; none: the calendar's."
    )
    url: str | None = Field(
        None, description="Where users reach it: a URL, or connection:ID of an HTTP connection."
    )
    audience: str = Field("", description="Who uses it; shown in messages.")
    language: str = Field("en", description="Language of user communication here.")
    synthetic: Mapping[Slug, HttpCheck] = Field(
        default_factory=dict, description="Synthetic checks of this region alone."
    )


class Wave(SpecModel):
    """Regions that are rolled out together, at most ``at_once`` side by side."""

    at_once: int | None = Field(
        None, ge=1, description="How many regions side by side; none: all of the wave."
    )
    regions: Annotated[tuple[Region, ...], BeforeValidator(_listed), NamedEntries()] = Field(
        min_length=1, description="Region → its settings, in order."
    )


class Environment(SpecModel):
    """One environment. ``live`` means that users see it."""

    name: Slug = Field(description="Name of the environment; part of task ids.")
    live: bool = Field(default=False, description="Whether users see it.")
    url: str | None = Field(
        None,
        description="Where it is reached: a URL, or connection:ID of an Airflow HTTP connection.",
    )
    zone: Zone = Field("UTC", description="Time zone of the window, without regions.")
    window: WindowText | None = Field(None, description="As for a region, without regions.")
    health: str = Field("/health", description="Path of the health check.")
    services: Mapping[Slug, HttpCheck] = Field(
        default_factory=dict, description="Services this environment needs, and how to ask them."
    )
    waves: tuple[Wave, ...] = Field((), description="Regions in waves, in line; live ones only.")
    claim: str | None = Field(
        None, description="Name of a lock shared with other products; none: this environment's."
    )

    @property
    def regions(self) -> tuple[Region, ...]:
        """Every region, in order."""
        return tuple(region for wave in self.waves for region in wave.regions)


Environments = Annotated[
    tuple[Annotated[Environment, BeforeValidator(_named), Named()], ...], Field(min_length=1)
]
