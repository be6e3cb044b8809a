"""The worked examples in the decisions' docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import windlass.decisions

MODULES = [
    f"windlass.decisions.{module.name}"
    for module in pkgutil.iter_modules(windlass.decisions.__path__)
    if not module.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_decision_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_importing_every_decision_brings_neither_airflow_nor_numpy_nor_pydantic() -> None:
    program = f"""
import importlib, sys
sys.path[:0] = {sys.path!r}
for name in {MODULES!r}:
    importlib.import_module(name)
print([name for name in ("airflow", "numpy", "pydantic", "sqlalchemy") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
