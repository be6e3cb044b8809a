"""A page that sends a reader to a file sends them to one that is there."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = "plugins|include|tests|dags|scripts|demo|benchmarks|docs|.ci|.github"
PATH = re.compile(rf"`((?:{FOLDERS.replace('.', '[.]')})/[^` ]*)`")
#: What a reader writes, not what is here.
EXAMPLES = ("dags/shop.py", "include/products/shop.yaml")


def spelled_out(path: str) -> list[str]:
    """``a/{b,c}/<vendor>`` as the glob patterns it stands for."""
    parts = re.split(r"\{([^}]*)\}", re.sub(r"<[^>]*>", "*", path))
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(words) for words in product(*choices)]


def test_braces_and_placeholders_are_spelled_out() -> None:
    assert spelled_out("a/{b,c}/<vendor>.py") == ["a/b/*.py", "a/c/*.py"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    named = set(PATH.findall(page.read_text(encoding="utf-8"))) - {*EXAMPLES}
    missing = {
        path for path in named for each in spelled_out(path) if not any(ROOT.glob(each.rstrip("/")))
    }
    assert not missing
