"""The table of what Airflow registers; no logic."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from windlass.preloading import preload_before_forking

preload_before_forking()


class WindlassPlugin(AirflowPlugin):
    """Timetables, witness and the release pages; each imported where it is asked for."""

    name = "windlass"

    @cached_property
    def timetables(self) -> list[Any]:  # type: ignore[override] # read once, by those who need it
        """The timetables of releases."""
        from windlass.timetables import SprintOrReady, SprintTimetable

        return [SprintTimetable, SprintOrReady]

    @cached_property
    def fastapi_root_middlewares(self) -> list[dict[str, Any]]:  # type: ignore[override] # same
        """The witness: writes down what people do to a release in Airflow, as they do it."""
        from windlass.witness.middleware import Witness

        return [{"name": "windlass witness", "middleware": Witness, "args": [], "kwargs": {}}]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override] # same
        """The release pages."""
        from windlass.board.app import create_app
        from windlass.board.prefix import PREFIX

        return [{"name": "windlass releases", "app": create_app(), "url_prefix": PREFIX}]

    @cached_property
    def external_views(self) -> list[dict[str, Any]]:  # type: ignore[override] # same
        """Where Airflow's own pages lead to them."""
        from windlass.board.entries import entries

        return entries()
