"""Registers the plugin when this folder is mounted; an installed wheel registers itself."""

from __future__ import annotations

from importlib.metadata import entry_points

if not entry_points(group="airflow.plugins", name="windlass"):
    from windlass.plugin import WindlassPlugin  # noqa: F401  (Airflow finds it in this module)
