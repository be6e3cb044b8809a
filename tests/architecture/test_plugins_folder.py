"""The mounted plugins folder: Airflow scans it file by file, and must find one plugin only."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def test_airflow_is_told_not_to_scan_the_package() -> None:
    """Airflow imports a scanned file under its bare name: ``calendar.py`` would hide Python's."""
    assert "windlass/" in (PLUGINS / ".airflowignore").read_text().splitlines()


def test_the_folder_holds_the_shim_and_the_package_and_nothing_else() -> None:
    names = {path.name for path in PLUGINS.iterdir()} - {"__pycache__"}
    assert names == {".airflowignore", "windlass_plugin.py", "windlass"}


def test_the_shim_registers_only_when_no_wheel_is_installed() -> None:
    tree = ast.parse((PLUGINS / "windlass_plugin.py").read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert "windlass.plugin" not in {node.module for node in imports}
    guard = next(node for node in tree.body if isinstance(node, ast.If))
    assert "entry_points(group='airflow.plugins', name='windlass')" in ast.unparse(guard.test)


def test_no_module_hides_one_of_pythons_when_its_folder_is_on_the_path() -> None:
    """``import windlass`` must come from this folder and leave Python's own modules alone."""
    code = (
        "import windlass, calendar, select; print(windlass.__file__); calendar.monthrange(2026, 1)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(run.stdout.strip()).is_relative_to(PLUGINS)
