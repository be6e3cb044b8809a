"""What the tree may not hold: words of one machine, swollen files, swollen functions."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "plugins" / "windlass"
MAX_FILE_LINES, MEDIAN_FILE_LINES, MAX_FUNCTION_LINES = 350, 100, 50

#: Registry hosts, folders of one machine, addresses with a password in them. Written with
#: groups so that this file does not match itself.
FORBIDDEN = re.compile(
    r"py(pi)[.]org|python(hosted)[.]org|registry[.]np(mjs)|deb[.]de(bian)[.]org"
    r"|(?<![\w.-])/wo(rk)/|(?<![\w.-])/fa(rm)/|(?<![\w.-])/ro(ot)/|(?<![\w.-])/home/(?!airflow)\w+/",
    re.IGNORECASE,
)


def tracked_files() -> list[Path]:
    """Every text file git knows of or would add; binary files are left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in names.split("\0") if name)
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def forbidden_words(text: str) -> list[str]:
    """Return each forbidden word of a text with the number of its line."""
    return [
        f"{number}: {found.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for found in FORBIDDEN.finditer(line)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://py" + "pi.org/simple",
        "see /wo" + "rk/main/notes",
        "registry.np" + "mjs.org",
        "HOME=/ro" + "ot/",
        "open('/home/" + "mia/x')",
    ],
)
def test_the_search_for_forbidden_words_finds_them(text: str) -> None:
    assert forbidden_words(text)


@pytest.mark.parametrize("text", ["git work/tree", "docs/reference/workflow.md", "/home/airflow/x"])
def test_the_search_for_forbidden_words_leaves_ordinary_text_alone(text: str) -> None:
    assert not forbidden_words(text)


def test_no_file_names_a_registry_host_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{hit}"
        for path in tracked_files()
        for hit in forbidden_words(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)


def modules() -> list[Path]:
    """Return the package's modules; migrations are written once and never refactored."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the length in lines and the place of every function of a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield length, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_no_file_of_the_package_is_longer_than_the_budget() -> None:
    sizes = [(path.read_text().count("\n"), path.relative_to(ROOT)) for path in modules()]
    swollen = [f"{lines} lines: {path}" for lines, path in sizes if lines > MAX_FILE_LINES]
    assert not swollen, "\n".join(swollen)


def test_the_usual_file_holds_one_idea() -> None:
    sizes = [path.read_text().count("\n") for path in modules() if path.name != "__init__.py"]
    assert statistics.median(sizes) <= MEDIAN_FILE_LINES


def test_no_function_of_the_package_is_longer_than_the_budget() -> None:
    swollen = [
        f"{length} lines: {place}"
        for path in modules()
        for length, place in functions(path)
        if length > MAX_FUNCTION_LINES
    ]
    assert not swollen, "\n".join(swollen)


def test_no_module_is_named_after_nothing_in_particular() -> None:
    empty_names = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
    assert not [path for path in modules() if path.stem in empty_names]
