"""``cadence:``: when Day 0 is due, by itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from windlass.decisions.cadence.parse import parse_month_rule, parse_months, parse_weeks
from windlass.decisions.windows import parse_weekdays
from windlass.errors import InputError
from windlass.spec.json_shapes import OneOrMany
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Slug, Zone, as_tuple


def _every(text: str) -> str:
    if parse_months(text):
        return text
    try:
        parse_weeks(text)
    except InputError:
        raise ValueError(
            f"{text!r} is not a rhythm; allowed: week, 2 weeks, month, 3 months"
        ) from None
    return text


class Cadence(SpecModel):
    """A rhythm, or a list of dates; ``at`` is local time in ``zone``."""

    every: Annotated[str, AfterValidator(_every)] | None = Field(
        None, description="How often: week, 2 weeks, month, 3 months."
    )
    on: Annotated[tuple[str, ...], BeforeValidator(as_tuple), OneOrMany()] = Field(
        (), description="Weekdays (tue); with months third tue, first working day, day 15."
    )
    dates: tuple[date, ...] = Field((), description="Explicit Day 0s instead of a rhythm.")
    at: str = Field("10:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time.")
    zone: Zone = Field("UTC", description="Time zone of at.")
    anchor: date | None = Field(
        None,
        description="A day in the first sprint; needed when every is more than one week or month.",
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
        try:
            for day in self.on:
                parse_month_rule(day) if self.months else parse_weekdays(day)
        except InputError as error:
            raise ValueError(f"on: {error}") from None
        if max(self.weeks, self.months) > 1 and self.anchor is None:
            raise ValueError(f"every: {self.every} needs anchor: a day in the first sprint")
        return self

    @property
    def weeks(self) -> int:
        """Every how many weeks; 0 for months and for explicit dates."""
        return 0 if self.every is None or self.months else parse_weeks(self.every)

    @property
    def months(self) -> int:
        """Every how many months; 0 for weeks and for explicit dates."""
        return parse_months(self.every or "")
