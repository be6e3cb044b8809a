"""No vendor imports another.

A vendor is a module that the registry names, with the files beside it that begin with its name
(``git``, ``git_log``). Other files of a port's folder are the port's, for its vendors only.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

import pytest

from windlass.adapters.registry import TABLE

ADAPTERS = Path(__file__).resolve().parents[2] / "plugins" / "windlass" / "adapters"
VENDOR_FOLDERS = {
    folder.name for folder in ADAPTERS.iterdir() if folder.name in {port for port, _ in TABLE}
}


def registered(port: str) -> set[str]:
    """The modules of a port that the registry names."""
    paths = [path.partition(":")[0].split(".") for known, path in TABLE.items() if known[0] == port]
    return {path[3] for path in paths}


def vendor_of(stem: str, vendors: Collection[str]) -> str | None:
    """The vendor that a module belongs to; None for what the vendors of its port share."""
    owners = [name for name in vendors if stem == name or stem.startswith(name + "_")]
    return max(owners, key=len, default=None)


def imported_adapters(source: str) -> set[tuple[str, str]]:
    """Return ``(port, module)`` of every module below a port's folder that a source imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in names if name.startswith("windlass.adapters.")]
    return {(part[2], part[3]) for part in parts if len(part) > 3}


def is_wrong(importing: tuple[str, str], imported: tuple[str, str]) -> bool:
    """Whether a module of one port's folder may not import the other."""
    (port, stem), (other_port, other) = importing, imported
    if other_port not in VENDOR_FOLDERS:
        return False
    owner = vendor_of(other, registered(other_port))
    if owner is None:
        return port != other_port
    return (port, vendor_of(stem, registered(port))) != (other_port, owner)


@pytest.mark.parametrize(
    "stem,vendor",
    [("git", "git"), ("git_log", "git"), ("github", "github"), ("jira_cloud", "jira"), ("a", None)],
)
def test_files_of_one_vendor_begin_with_its_name(stem: str, vendor: str | None) -> None:
    assert vendor_of(stem, {"git", "github", "jira"}) == vendor


def test_an_import_of_a_vendor_is_seen_in_both_forms() -> None:
    source = "from windlass.adapters.metrics import datadog\nimport windlass.adapters.logs.elk"
    assert imported_adapters(source) == {("metrics", "datadog"), ("logs", "elk")}


def test_an_import_of_another_vendor_would_be_found() -> None:
    assert is_wrong(("messages", "log"), ("messages", "smtp"))
    assert is_wrong(("tracker", "folder"), ("source_control", "git"))
    assert not is_wrong(("source_control", "git"), ("source_control", "git_log"))


def test_no_vendor_imports_another() -> None:
    wrong = [
        f"adapters/{port}/{path.stem}.py imports adapters/{'/'.join(imported)}.py"
        for port in sorted(VENDOR_FOLDERS)
        for path in sorted((ADAPTERS / port).glob("*.py"))
        for imported in sorted(imported_adapters(path.read_text()))
        if is_wrong((port, path.stem), imported)
    ]
    assert not wrong, "\n".join(wrong)
