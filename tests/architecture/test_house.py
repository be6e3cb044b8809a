"""The house's own files agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import windlass

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_changelog_knows_this_version() -> None:
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == windlass.__version__


def test_constraints_hold_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert not [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", pin)]


def test_every_direct_dependency_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=!~ ]", want)[0].lower().replace("_", "-") for want in wanted}
    assert names <= pinned


def test_every_lint_rule_left_out_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("ignore = [", 1)[1].split("]", 1)[0]
    unexplained = [line for line in block.splitlines() if line.strip() and "#" not in line]
    assert not unexplained


def test_make_help_lists_every_public_verb() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for verb in ("demo", "test", "check", "bench", "clean"):
        assert re.search(rf"^{verb}:.*## \w", makefile, re.MULTILINE), verb


def test_every_type_error_that_is_let_pass_says_which_and_why() -> None:
    word = "type: " + "ignore"  # not written whole, or this line would be one
    reasoned = re.compile(rf"# {word}\[[a-z, -]+\] *# ?\S")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("plugins", "tests", "demo", "benchmarks", "scripts", "dags")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if f"# {word}" in line and not reasoned.search(line)
    ]
    assert not found
