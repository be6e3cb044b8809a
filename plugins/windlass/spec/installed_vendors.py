"""Vendors that other packages bring: entry points ``<port>.<vendor>`` of ``windlass.adapters``.

An adapter class may name the model of its settings in ``settings_model``; without one it takes
what is written as it stands.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from pydantic import BaseModel, ConfigDict

from windlass.spec.model import SpecModel

GROUP = "windlass.adapters"


class OpenSettings(SpecModel):
    """Settings of an adapter that says nothing about them."""

    model_config = ConfigDict(frozen=True, extra="allow")


def installed_vendors(port: str) -> dict[str, EntryPoint]:
    """Vendor → where it comes from; looked up only when a built-in vendor does not fit."""
    found = entry_points(group=GROUP)
    names = {entry.name: entry for entry in found}
    return {
        name.removeprefix(f"{port}."): names[name]
        for name in sorted(names)
        if name.startswith(f"{port}.")
    }


def installed_settings(entry: EntryPoint) -> type[BaseModel]:
    """The settings model of an installed adapter.

    Raises:
        ValueError: the adapter cannot be imported, or what it names is no model.
    """
    try:
        adapter = entry.load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the adapter {entry.name} cannot be imported: {error}") from error
    model = getattr(adapter, "settings_model", OpenSettings)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ValueError(  # noqa: TRY004 - it is told as a problem of the file
            f"{entry.name}: settings_model must be a pydantic model"
        )
    return model
