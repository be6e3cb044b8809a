"""A fork finds what it needs already imported; a process that does not fork imports nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.airflow

#: Loads the plugin as Airflow does, then forks; the child says what it found.
FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
import windlass.plugin
before = "windlass.factory" in sys.modules
child = os.fork()
if child == 0:
    from windlass.spec.product import Product
    wanted = {"windlass.factory", "windlass.tasks.execution.judge", "airflow.sdk.bases.hook"}
    found = wanted <= set(sys.modules) and Product.__pydantic_complete__
    os._exit(0 if found and not before else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
LOAD = """
import sys
from windlass.plugin import WindlassPlugin
plugin = WindlassPlugin()
heavy = [m for m in sys.modules if m.startswith("windlass.")]
light = {"windlass.plugin", "windlass.preloading", "windlass.get_provider_info"}
assert set(heavy) <= light, heavy
assert [kind.__name__ for kind in plugin.timetables] == ["SprintTimetable", "SprintOrReady"]
"""


@pytest.mark.parametrize("program", [FORK, LOAD], ids=["fork", "load"])
def test_what_the_plugin_imports_it_imports_where_it_pays(program: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={
            "AIRFLOW_HOME": str(tmp_path),
            "PATH": "",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
