"""No vendor imports another. A vendor is one file, or several that begin with its name."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

ADAPTERS = Path(__file__).resolve().parents[2] / "plugins" / "windlass" / "adapters"


def vendor_of(stem: str, beside: Iterable[str]) -> str:
    """Return a module's vendor: ``git`` for ``git_log`` when ``git`` lies beside it."""
    owners = [name for name in beside if stem == name or stem.startswith(name + "_")]
    return min(owners, key=len, default=stem)


def vendors(folder: Path) -> dict[str, str]:
    """Map each module of a port's folder to its vendor."""
    stems = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return {stem: vendor_of(stem, stems) for stem in stems}


def imported_adapters(source: str) -> list[tuple[str, str]]:
    """Return ``(port, module)`` of every vendor module that a source imports."""
    names = [
        full
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for full in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        )
    ]
    parts = [name.split(".") for name in names if name.startswith("windlass.adapters.")]
    return [(part[2], part[3]) for part in parts if len(part) > 3]


@pytest.mark.parametrize(
    "stem,vendor", [("git", "git"), ("git_log", "git"), ("github", "github"), ("jira", "jira")]
)
def test_files_of_one_vendor_begin_with_its_name(stem: str, vendor: str) -> None:
    assert vendor_of(stem, ["git", "git_log", "github", "jira"]) == vendor


def test_an_import_of_a_vendor_is_seen_in_both_forms() -> None:
    source = "from windlass.adapters.metrics import datadog\nimport windlass.adapters.logs.elk"
    assert imported_adapters(source) == [("metrics", "datadog"), ("logs", "elk")]


def test_no_vendor_imports_another() -> None:
    by_port = {folder.name: vendors(folder) for folder in ADAPTERS.iterdir() if folder.is_dir()}
    wrong = [
        f"adapters/{port}/{stem}.py imports adapters/{other_port}/{other}.py"
        for port, known in by_port.items()
        for stem, vendor in known.items()
        for other_port, other in imported_adapters((ADAPTERS / port / f"{stem}.py").read_text())
        if by_port.get(other_port, {}).get(other, vendor) != vendor
    ]
    assert not wrong, "\n".join(wrong)
