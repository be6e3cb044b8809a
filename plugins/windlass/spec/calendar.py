"""``include/calendars/*.yaml``: freezes, holidays, and when the company releases at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from windlass.spec.model import SpecModel
from windlass.spec.scalars import Duration, Slug, Zone
from windlass.spec.window_text import WindowText


def _rule(text: str) -> str:
    try:
        rrulestr(text, dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - RRULEs are wall clock
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{text!r} is not a recurrence rule ({error}); allowed: RFC 5545, such as "
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=18"
        ) from None
    return text


def _moment(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        return date.fromisoformat(value.strip())
    return value


#: A day stays a day: pydantic reads "2027-01-04" in frozen JSON as its midnight, and a freeze
#: until then would lose its last day.
Moment = Annotated[datetime | date, BeforeValidator(_moment)]


class Scope(SpecModel):
    """What a freeze covers; an empty list covers all."""

    products: tuple[str, ...] = Field((), description="Products; none: all.")
    environments: tuple[str, ...] = Field((), description="Environments; none: all live ones.")
    regions: tuple[str, ...] = Field((), description="Regions; none: all.")


class Freeze(SpecModel):
    """A time in which nothing is released; wall clock in the calendar's zone."""

    name: str = Field(description="What people call it.")
    begins: Moment = Field(alias="from", description="First instant, or first day.")
    ends: Moment | None = Field(
        None, alias="until", description="End: an instant, or the last day (included)."
    )
    lasts: Duration | None = Field(None, description="Instead of until.")
    repeat: Annotated[str, AfterValidator(_rule)] | None = Field(
        None, description="RFC 5545 rule by which it comes again."
    )
    reason: str = Field(description="Why.")
    owner: str = Field(description="Who decided it; a person or a role.")
    scope: Scope = Field(default_factory=Scope, description="What it covers.")
    override: tuple[Slug, ...] = Field((), description="Roles that may override it, with a reason.")

    @model_validator(mode="after")
    def _ends(self) -> Freeze:
        if (self.ends is None) == (self.lasts is None):
            raise ValueError("needs either until or lasts: a freeze that never ends is not one")
        if self.ends is not None and _naive(self.ends) < _naive(self.begins):
            raise ValueError(f"until {self.ends} is before from {self.begins}")
        return self


def _naive(value: datetime | date) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - compared only


class Holidays(SpecModel):
    """Days on which nobody works."""

    country: str | None = Field(None, description="ISO country code, such as CH.")
    subdivision: str | None = Field(None, description="Part of the country, such as ZH.")
    dates: Mapping[date, str] = Field(default_factory=dict, description="Further days → why.")


class Calendar(SpecModel):
    """The whole file."""

    calendar: Slug = Field(description="Its name, as products give it.")
    zone: Zone = Field("UTC", description="Time zone of freezes, holidays and the windows.")
    working: WindowText = Field("mon-fri 09:00-17:00", description="Working days and hours.")
    windows: WindowText = Field("mon-thu 09:00-16:00", description="When a rollout may run.")
    holidays: Holidays = Field(default_factory=Holidays, description="Days nobody works.")
    freezes: tuple[Freeze, ...] = Field((), description="Times in which nothing is released.")
    override: tuple[Slug, ...] = Field(
        ("product_manager",), description="Roles that may override hours and holidays."
    )
