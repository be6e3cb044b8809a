"""``rollout:``: exposure steps, bake, strategy, migrations, and the window's edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from windlass.spec.model import SpecModel
from windlass.spec.scalars import CalendarPeriod, Command, Duration, parse_duration, parse_period


def _rising(steps: tuple[int, ...]) -> tuple[int, ...]:
    if not steps or list(steps) != sorted(set(steps)) or steps[0] < 1 or steps[-1] != 100:
        raise ValueError(f"the steps {list(steps)} must rise, from 1 or more to 100")
    return steps


#: Percents of exposure.
Steps = Annotated[tuple[int, ...], AfterValidator(_rising)]
Strategy = Literal["canary", "rolling", "blue_green", "all_at_once", "phased_store", "publish"]


class Bake(SpecModel):
    """How long a step is watched: until the time is over **and** enough requests were seen.

    ``minutes: 10`` may be written for ``time: 10 min``.
    """

    model_config = ConfigDict(
        json_schema_extra=lambda schema: schema["properties"].update(minutes={"type": "number"})
    )

    time: Duration = Field(parse_duration("10 min"), description="At least this long at each step.")
    first: Duration | None = Field(None, description="At the first step instead of time.")
    requests: int = Field(0, ge=0, description="At least this many requests on the new version.")
    longest: Duration = Field(
        parse_duration("1 h"), description="Past this without the requests a person is asked."
    )

    @model_validator(mode="before")
    @classmethod
    def _minutes(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "minutes" in value and "time" not in value:
            rest = {key: entry for key, entry in value.items() if key != "minutes"}
            return {**rest, "time": f"{value['minutes']} min"}
        return value

    def at(self, index: int) -> Duration:
        """The bake time of the step with this index (the first is 0)."""
        return self.first if index == 0 and self.first is not None else self.time


class Migrations(SpecModel):
    """Database changes that come with a release; commands may hold {version} {environment}."""

    expand: Command = Field(description="The additive half; runs while old code is live.")
    contract: Command | None = Field(
        None, description="The destructive half; runs after rollback_window."
    )
    undo: Literal["full", "none"] = Field(
        "full",
        description="none: where users have met the new version behind it, only forward.",
    )
    down: Command | None = Field(None, description="Undoes expand; needed for undo: full.")
    check: Command | None = Field(None, description="Exit 0 when data is as it must be.")
    paths: tuple[str, ...] = Field(
        ("migrations/**",), description="Files whose change means that a release migrates."
    )
    backup: bool = Field(default=True, description="A fresh backup first, where live.")
    cwd: str = Field(".", description="Folder the commands run in.")
    wait: Duration = Field(
        parse_duration("1 h"),
        description="How long settle waits for a migration whose end nobody has seen; then people "
        "are told, and only its target stays locked.",
    )


class Rollout(SpecModel):
    """How a release is exposed to users, region by region."""

    strategy: Strategy = Field(
        "canary",
        description="How exposure is done: canary, rolling and phased_store in steps; the others "
        "all at once. What can be taken back is what the vendor of deployments can.",
    )
    steps: Steps = Field((5, 25, 50, 100), description="Percents of exposure in the first wave.")
    later_steps: Steps = Field((50, 100), description="Percents of exposure in later waves.")
    bake: Bake = Field(default_factory=Bake, description="How long a step is watched.")
    migrations: Migrations | None = Field(None, description="Database changes, if any.")
    at_close: Literal["finish_wave", "hold", "revert"] = Field(
        "finish_wave", description="What a rollout does when its window closes under it."
    )
    calm: Duration = Field(
        parse_duration("1 h"),
        description="After a rollback no ordinary release begins for so long, twice as long for "
        "each further one within a day; lifting the blocked version ends it. 0 min: never.",
    )
    spread: CalendarPeriod = Field(
        parse_period("2 working days"),
        description="Longest time that regions may run different versions.",
    )
