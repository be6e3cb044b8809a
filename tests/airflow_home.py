"""An Airflow of the tests' own, in a temporary folder: never the one of whoever runs them.

Airflow reads its settings when it is imported, so they are set before any test module is.
"""

from __future__ import annotations

import os
from pathlib import Path

PLUGIN = """
from airflow.plugins_manager import AirflowPlugin
from windlass.timetables import SprintTimetable


class Timetables(AirflowPlugin):
    name = "windlass_timetables"
    timetables = [SprintTimetable]
"""


def settle_in(home: Path) -> None:
    """Make ``home`` the ``AIRFLOW_HOME`` of this process, whatever was set before."""
    plugins = home / "plugins"
    plugins.mkdir()
    (plugins / "timetables_plugin.py").write_text(PLUGIN, encoding="utf-8")
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            # Airflow keeps the signer of tokens as long as its process lives: one secret for all.
            "AIRFLOW__API_AUTH__JWT_SECRET": "for these tests only " * 4,
        }
    )
