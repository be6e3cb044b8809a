"""``ready:``: what says that development is complete, so that a release may start."""

from __future__ import annotations

from pydantic import Field, model_validator

from windlass.spec.model import SpecModel
from windlass.spec.scalars import Duration, Slug, parse_duration


class Ready(SpecModel):
    """An event that starts a release beside the cadence, or instead of it."""

    tracker: str | None = Field(
        None,
        min_length=1,
        description="A milestone, version or cycle: when everything planned for it is done, "
        "development is complete.",
    )
    source_control: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$",
        description="A branch or tag: moving it says that development is complete.",
    )
    drives: Slug = Field("minor", description="The release type that it starts.")
    every: Duration = Field(parse_duration("1 min"), description="How often it is asked.")

    @model_validator(mode="after")
    def _one(self) -> Ready:
        if (self.tracker is None) == (self.source_control is None):
            raise ValueError(
                "needs either tracker: the name of a milestone, or source_control: a branch or tag"
            )
        return self

    @property
    def port(self) -> str:
        """The port that is asked."""
        return "tracker" if self.tracker else "source_control"
