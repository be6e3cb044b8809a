"""Whoever copies YAML from a page gets a file that is valid."""

from __future__ import annotations

import re
import shutil
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from windlass.plan.checking import check_product
from windlass.spec.calendar import Calendar
from windlass.spec.lenient import check
from windlass.spec.model import SpecModel
from windlass.spec.people import Teams
from windlass.spec.source import read_yaml

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)```ya?ml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOW = datetime(2026, 6, 1, tzinfo=UTC)

#: Page and line of each block, and its text.
BLOCKS = {
    f"{page.relative_to(ROOT)}:{text[: found.start()].count(chr(10)) + 1}": textwrap.dedent(
        found.group(2)
    )
    for page in PAGES
    for text in [page.read_text(encoding="utf-8")]
    for found in FENCE.finditer(text)
}


def whole(key: str) -> dict[str, str]:
    """The blocks that are a file of their own: they start with the key that such a file needs."""
    return {at: text for at, text in BLOCKS.items() if key in (yaml.safe_load(text) or {})}


PRODUCTS = {
    at: text for at, text in whole("product").items() if "environments" in yaml.safe_load(text)
}
OTHERS: dict[str, type[SpecModel]] = {
    at: model
    for key, model in (("calendar", Calendar), ("people", Teams))
    for at in whole(key)
    if at not in PRODUCTS
}


@pytest.fixture(scope="module")
def include(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the company, teams and calendar that this repository ships."""
    folder = tmp_path_factory.mktemp("project") / "include"
    shutil.copytree(ROOT / "include", folder)
    return folder


@pytest.mark.parametrize("at", sorted(PRODUCTS))
def test_a_product_on_a_page_validates(at: str, include: Path) -> None:
    file = include / "products" / f"{yaml.safe_load(PRODUCTS[at])['product']}.yaml"
    file.write_text(PRODUCTS[at], encoding="utf-8")
    checked = check_product(file, NOW)
    assert checked.problems == ()
    assert {"minor", "patch", "emergency", "rollback"} <= set(checked.tasks)


@pytest.mark.parametrize("at", sorted(OTHERS))
def test_a_calendar_or_teams_on_a_page_validates(at: str, tmp_path: Path) -> None:
    assert problems(OTHERS[at], BLOCKS[at], tmp_path) == []


def problems(model: type[SpecModel], text: str, folder: Path) -> list[str]:
    """What is wrong with a block as a file of that kind."""
    file = folder / "block.yaml"
    file.write_text(text, encoding="utf-8")
    tree, found = read_yaml(file, file.name)
    assert tree is not None
    return [*found, *check(model, tree).problems]


def test_the_product_of_the_readme_is_looked_at() -> None:
    assert any(at.startswith("README.md") for at in PRODUCTS)
