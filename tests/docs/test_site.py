"""The built pages fetch nothing from the network, and every page can be reached."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?(?:https?:)?//[^\"' >]+"
    r"|<link[^>]*rel=[\"']?(?:stylesheet|preconnect|icon)[^>]*href=[\"']?(?:https?:)?//[^\"' >]+"
    r"|url\(\s*[\"']?https?://[^)]+"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    return folder


def test_a_fetch_from_elsewhere_would_be_found() -> None:
    assert FETCHED.search('<link rel="stylesheet" href="https://fonts.example/x.css">')
    assert FETCHED.search("<script src=//cdn.example/x.js>")
    assert not FETCHED.search('<a href="https://example.org">a link is no fetch</a>')


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    found = [
        f"{path.relative_to(site)}: {hit.group()}"
        for path in [*site.rglob("*.html"), *site.rglob("*.css")]
        for hit in FETCHED.finditer(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_every_page_is_in_the_menu(site: Path) -> None:
    menu = (site / "index.html").read_text()
    pages = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    lost = [page for page in pages if page != "404.html" and f'href="{page}"' not in menu]
    assert [page for page in lost if page != "index.html"] == []
