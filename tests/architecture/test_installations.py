"""Mounted, installed, or both: Airflow sees one plugin, its DAGs, and no error.

Each way runs in a process of its own whose path holds Airflow but not the development install.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
LOOK = """
import contextlib, io, json, os
from airflow import plugins_manager
from airflow.cli import cli_parser
from airflow.dag_processing.dagbag import DagBag
from airflow.providers_manager import ProvidersManager
plugins = [plugin["name"] for plugin in plugins_manager.get_plugin_info()]
dags = DagBag(dag_folder=os.environ["LOOK_DAGS"])
def said(*words):
    # As a person's: airflow WORDS --output json
    out = io.StringIO()
    arguments = cli_parser.get_parser().parse_args([*words, "--output", "json"])
    with contextlib.redirect_stdout(out):
        arguments.func(arguments)
    text = out.getvalue()
    start = text.find("[")
    return json.loads(text[start:]) if start >= 0 else []
commands = {
    "plugins": [row["name"] for row in said("plugins")],
    "providers": [row["package_name"] for row in said("providers", "list")],
    "import_errors": said("dags", "list-import-errors", "--local"),
}
print(json.dumps({
    "commands": commands,
    "plugins": plugins,
    "plugin_errors": plugins_manager.get_import_errors(),
    "timetables": sorted(plugins_manager.get_timetables_plugins()),
    "providers": sorted(ProvidersManager().providers),
    "dag_errors": {str(key): error for key, error in dags.import_errors.items()},
    "dags": sorted(dags.dags),
}))
"""


@pytest.fixture(scope="module")
def airflow_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of links to everything installed except Windlass itself."""
    farm = tmp_path_factory.mktemp("packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "windlass" not in entry.name:
            (farm / entry.name).symlink_to(entry)
    return farm


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    site = folder / "site"
    ZipFile(next(folder.glob("*.whl"))).extractall(site)
    return site


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, airflow_alone: Path) -> str:
    """Airflow's own database, empty; its commands want one."""
    home = tmp_path_factory.mktemp("airflow")
    url = f"sqlite:///{home / 'airflow.db'}"
    subprocess.run(
        [sys._base_executable, "-s", "-m", "airflow", "db", "migrate"],
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(airflow_alone),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        },
        check=True,
        capture_output=True,
    )
    return url


def look(home: Path, plugins: Path, database: str, *path: Path) -> dict[str, Any]:
    """Start Airflow's plugin and DAG loading in a fresh process; return what it saw."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in path),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "LOOK_DAGS": str(ROOT / "dags"),
    }
    run = subprocess.run(
        [sys._base_executable, "-s", "-c", LOOK],
        cwd=home,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    seen: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return seen


@pytest.mark.parametrize(
    "mounted,installed",
    [(True, False), (False, True), (True, True)],
    ids=["mounted", "wheel", "both"],
)
def test_airflow_sees_one_plugin_and_no_error(
    mounted: bool,
    installed: bool,
    airflow_alone: Path,
    unpacked_wheel: Path,
    database: str,
    tmp_path: Path,
) -> None:
    empty = tmp_path / "plugins"
    empty.mkdir()
    path = [unpacked_wheel, airflow_alone] if installed else [airflow_alone]
    seen = look(tmp_path, ROOT / "plugins" if mounted else empty, database, *path)
    assert seen["plugin_errors"] == {}
    assert seen["plugins"].count("windlass") == 1
    assert [name for name in seen["timetables"] if "windlass" in name] == [
        "windlass.timetables.either.SprintOrReady",
        "windlass.timetables.sprint.SprintTimetable",
    ]
    assert seen["dag_errors"] == {}
    assert "storefront.minor" in seen["dags"]
    assert ("windlass" in seen["providers"]) == installed
    commands = seen["commands"]
    assert commands["plugins"].count("windlass") == 1
    assert commands["providers"].count("windlass") == int(installed)
    assert commands["import_errors"] == []
