"""The base of every model: frozen, and a key that is not known is an error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SpecModel(BaseModel):
    """Frozen, strict about keys. Aliases (``pass``, ``from``) are what people write in YAML."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        serialize_by_alias=True,
        validate_default=False,
        allow_inf_nan=False,
        defer_build=True,
    )
