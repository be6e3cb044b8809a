"""The workflow page and the code say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import windlass.spec
from windlass.spec.workflow_rows import CHOSEN_ROWS, NAMED_SUITES
from windlass.tasks.ports import Ports
from windlass.tasks.registry import ROWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "workflow.md"
TYPES = Path(windlass.spec.__file__).parent / "release_types"
LETTERS = {
    "major": "M",
    "minor": "m",
    "patch": "p",
    "emergency": "e",
    "flag": "f",
    "rollback": "r",
}
LINE = re.compile(r"^\| `([a-z_.<>]+)` \| (.+?) \| (.*?) ?\| (.*?) ?\|$", re.MULTILINE)

DOCUMENTED = {task: (types, ports) for task, _, types, ports in LINE.findall(PAGE.read_text())}


def row_of(task: str) -> str:
    """The row of the registry that does a documented task."""
    name = re.sub(r"^execution\.<env>", "execution.environment", task)
    name = re.sub(r"[._]<\w+>", "", name)
    suite = name.removeprefix("validation.quality.")
    if task == "validation.quality.<suite>" or suite in NAMED_SUITES:
        return "validation.quality.suite"
    return name


def letters_of(row: str) -> str:
    """The types that have a row always, then in brackets those that have it when it is needed."""
    always, sometimes = [], []
    for name, letter in LETTERS.items():
        release_type = yaml.safe_load((TYPES / f"{name}.yaml").read_text())
        if row in release_type.get("tasks", ()):
            always.append(letter)
        elif row in release_type.get("tasks_if", ()):
            sometimes.append(letter)
    bracket = [f"({' '.join(sometimes)})"] if sometimes else []
    return " ".join([*always, *bracket])


def test_every_row_of_the_workflow_is_documented() -> None:
    assert {row_of(task) for task in DOCUMENTED} == set(ROWS)


@pytest.mark.parametrize("row", CHOSEN_ROWS)
def test_the_page_says_which_types_have_a_row(row: str) -> None:
    documented = {re.sub(r"\.<env>$", "", task): types for task, (types, _) in DOCUMENTED.items()}
    assert documented[row] == letters_of(row)


@pytest.mark.parametrize("task", sorted(DOCUMENTED))
def test_the_ports_that_the_page_names_exist(task: str) -> None:
    ports = DOCUMENTED[task][1]
    unknown = [port for port in ports.split(", ") if port and not hasattr(Ports, port)]
    assert not unknown
