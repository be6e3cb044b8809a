"""``cadence:``: when Day 0 is due, by itself."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from windlass.spec.model import SpecModel
from windlass.spec.scalars import Slug, Zone, as_tuple
from windlass.spec.window_text import DAYS

ORDINALS = ("first", "second", "third", "fourth", "last")
_EVERY = re.compile(r"(?P<count>\d+)?\s*(?P<unit>week|month)s?")
CADENCE_HELP = "week, 2 weeks, month, 3 months"


def _every(text: str) -> str:
    found = _EVERY.fullmatch(text.strip().lower())
    if found is None or found["count"] == "0":
        raise ValueError(f"{text!r} is not a rhythm; allowed: {CADENCE_HELP}")
    return text


def _day(text: str) -> str:
    ordinal, _, day = text.strip().lower().rpartition(" ")
    if day[:3] not in DAYS or (ordinal and ordinal not in ORDINALS):
        raise ValueError(
            f"{text!r} is not a day; allowed: {', '.join(DAYS)}, or in a month such as third tue"
        )
    return f"{ordinal} {day[:3]}".strip()


class Cadence(SpecModel):
    """A rhythm, or a list of dates; ``at`` is local time in ``zone``."""

    every: Annotated[str, AfterValidator(_every)] | None = Field(
        None, description=f"How often: {CADENCE_HELP}."
    )
    on: Annotated[tuple[Annotated[str, AfterValidator(_day)], ...], BeforeValidator(as_tuple)] = (
        Field((), description="Weekdays (tue), or in a month (third tue).")
    )
    dates: tuple[date, ...] = Field((), description="Explicit Day 0s instead of a rhythm.")
    at: str = Field("10:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time.")
    zone: Zone = Field("UTC", description="Time zone of at.")
    anchor: date | None = Field(
        None, description="A day in the first sprint; needed when every is more than one week."
    )
    drives: Slug = Field("minor", description="The release type that it starts.")
    when_closed: Literal["skip", "next", "earlier"] = Field(
        "next", description="Day 0 falls in a freeze or holiday: skip it, or move it."
    )

    @model_validator(mode="after")
    def _whole(self) -> Cadence:
        if bool(self.every) == bool(self.dates):
            raise ValueError("needs either every (with on) or dates")
        if self.every and not self.on:
            raise ValueError("every needs on: the weekday, such as [tue]")
        if self.every and "month" not in self.every and any(" " in day for day in self.on):
            raise ValueError("third tue needs every: month")
        if self.every and "month" in self.every and not all(" " in day for day in self.on):
            raise ValueError("every: month needs on: such as [third tue]")
        if self.every and self.count > 1 and self.anchor is None:
            raise ValueError(f"every: {self.every} needs anchor: a day in the first one")
        return self

    @property
    def count(self) -> int:
        """Every how many weeks or months; 0 for explicit dates."""
        found = _EVERY.fullmatch(self.every.strip().lower()) if self.every else None
        return int(found["count"] or 1) if found else 0

    @property
    def unit(self) -> Literal["week", "month", "dates"]:
        """What ``count`` counts."""
        if self.every is None:
            return "dates"
        return "month" if "month" in self.every else "week"
