"""The wheel ships the package whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

import windlass

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-c", BUILD, str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_is_pure_python_and_carries_the_version(wheel: ZipFile) -> None:
    name = Path(str(wheel.filename)).name
    assert name == f"windlass-{windlass.__version__}-py3-none-any.whl"


def test_the_wheel_holds_every_file_of_the_package(wheel: ZipFile) -> None:
    """Release types, templates, migrations and py.typed are package data."""
    package = ROOT / "plugins" / "windlass"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", str(package)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    expected = {name.removeprefix("plugins/") for name in tracked if (ROOT / name).is_file()}
    assert expected - {""} <= set(wheel.namelist())


def test_the_wheel_holds_nothing_beside_the_package(wheel: ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"windlass", f"windlass-{windlass.__version__}.dist-info"}


def test_the_wheel_registers_the_plugin_the_provider_and_the_command(wheel: ZipFile) -> None:
    entries = ConfigParser()
    dist_info = f"windlass-{windlass.__version__}.dist-info"
    entries.read_string(wheel.read(f"{dist_info}/entry_points.txt").decode())
    assert entries["airflow.plugins"]["windlass"] == "windlass.plugin:WindlassPlugin"
    assert "provider_info" in entries["apache_airflow_provider"]
    assert entries["console_scripts"]["windlass"] == "windlass.cli:main"


def test_the_wheel_carries_the_licence(wheel: ZipFile) -> None:
    names = {Path(name).name for name in wheel.namelist() if "dist-info/licenses" in name}
    assert names == {"LICENSE", "NOTICE"}
