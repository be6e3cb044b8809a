"""Imports point one way, decisions are pure, and the lower rooms come up without Airflow."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PACKAGE = PLUGINS / "windlass"
BELOW_AIRFLOW = ("errors", "decisions", "spec", "plan", "ports", "adapters", "ledger", "tasks")

#: Reads of the clock and of chance that a decision may not make, as ``module.name``.
IMPURE = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "uuid.uuid1",
    "uuid.uuid4",
    "np.random",
    "numpy.random",
}

#: Loads one room after the other, from the bottom, and tells after each what is loaded by then.
LOADED = """
import importlib, json, pkgutil, sys
loaded = {}
for room in sys.argv[1:]:
    module = importlib.import_module("windlass." + room)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
        if ".migrations" not in found.name:
            importlib.import_module(found.name)
    loaded[room] = sorted({name.split(".")[0] for name in sys.modules})
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Top-level names that a fresh process has loaded after each room and those below it."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *BELOW_AIRFLOW],
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return {room: set(names) for room, names in json.loads(run.stdout).items()}


@cache
def parsed() -> dict[Path, ast.Module]:
    """Every module of the package, as Python reads it."""
    return {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def impure_calls(source: str) -> list[str]:
    """Return every read of the clock or of chance in a module, as ``line: name``."""
    return [
        f"{node.lineno}: {dotted}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if (dotted := f"{node.value.id}.{node.attr}") in IMPURE
    ]


def test_import_contracts_hold() -> None:
    """import-linter's contracts in pyproject.toml: the layers, purity, vendors apart."""
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_decisions_load_with_the_standard_library_alone(loaded: dict[str, set[str]]) -> None:
    """A mounted folder on a bare Airflow image has no numpy; a DAG parse must not pay for it."""
    heavy = {"airflow", "numpy", "pydantic", "httpx", "sqlalchemy", "yaml", "logging"}
    assert not loaded["decisions"] & heavy


@pytest.mark.parametrize("room", BELOW_AIRFLOW)
def test_a_room_below_the_operators_loads_without_airflow_or_a_vendor_sdk(
    loaded: dict[str, set[str]], room: str
) -> None:
    heavy = {"airflow", "numpy", "boto3", "kubernetes", "google", "ldclient", "msgraph"}
    assert not loaded[room] & heavy


def test_decisions_read_neither_clock_nor_chance() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call}"
        for path in sorted((PACKAGE / "decisions").rglob("*.py"))
        for call in impure_calls(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_a_read_of_the_clock_would_be_found() -> None:
    assert impure_calls("from datetime import datetime\nx = datetime.now()") == ["2: datetime.now"]


@pytest.mark.parametrize(
    "name,allowed",
    [("AirflowPlugin", {"plugin.py"}), ("BaseHook", {"connections.py"})],
)
def test_only_one_module_knows(name: str, allowed: set[str]) -> None:
    """One module registers the plugin, one reads Connections."""
    knowing = {
        str(path.relative_to(PACKAGE))
        for path, module in parsed().items()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names)
    }
    assert knowing <= allowed
