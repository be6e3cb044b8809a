"""What every ``documents`` adapter must do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import InputError, UnsupportedByVendor
from windlass.ports.documents import Documents, Page


@pytest.fixture(params=choices("documents"))
def documents(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Documents:
    return make("documents", request.param, {"folder": {"path": "pages"}}[request.param])


PAGES = [
    Page("1.1.0/notes", 'Notes: 1.1.0 --- "new"', "# New\n\n---\ntext <b> & é\r\n"),
    Page("1.1.0/report", "Report --> <script>", "<h1>x</h1>\n<!-- y -->", "text/html"),
    Page("empty", "Empty", ""),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
async def test_a_page_reads_back_as_it_was_published(documents: Documents, page: Page) -> None:
    assert await documents.read(page.key) is None
    link = await documents.publish(page)
    assert "://" in link
    assert await documents.read(page.key) == page


async def test_publishing_again_replaces_the_page_at_the_same_link(documents: Documents) -> None:
    first = await documents.publish(Page("notes", "One", "1"))
    assert await documents.publish(Page("notes", "Two", "2")) == first
    assert await documents.read("notes") == Page("notes", "Two", "2")


async def test_a_page_that_changes_its_medium_is_there_once(documents: Documents) -> None:
    await documents.publish(Page("notes", "One", "1"))
    await documents.publish(Page("notes", "Two", "<p>2</p>", "text/html"))
    assert await documents.read("notes") == Page("notes", "Two", "<p>2</p>", "text/html")


@pytest.mark.parametrize("key", ["../up", "/etc/passwd", "a//b", "", "a/../b", "a\0b", ".hidden"])
async def test_a_key_that_leads_elsewhere_is_refused(
    documents: Documents, key: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot name a file"):
        await documents.publish(Page(key, "t", "b"))


async def test_an_unknown_medium_is_refused(documents: Documents) -> None:
    with pytest.raises(UnsupportedByVendor, match="application/pdf"):
        await documents.publish(Page("x", "t", "b", "application/pdf"))
