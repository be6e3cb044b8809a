"""An Airflow of its own in a temporary folder, with the timetable registered by a plugin."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PLUGIN = """
from airflow.plugins_manager import AirflowPlugin
from windlass.timetables import SprintTimetable


class Timetables(AirflowPlugin):
    name = "windlass_timetables"
    timetables = [SprintTimetable]
"""

# Airflow reads its settings when it is imported, so they are set before any test module is.
if "AIRFLOW_HOME" not in os.environ:
    home = Path(tempfile.mkdtemp(prefix="windlass-airflow-"))
    plugins = home / "plugins"
    plugins.mkdir()
    (plugins / "timetables_plugin.py").write_text(PLUGIN, encoding="utf-8")
    os.environ["AIRFLOW_HOME"] = str(home)
    os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(plugins)
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{home}/airflow.db"
    os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "True"
