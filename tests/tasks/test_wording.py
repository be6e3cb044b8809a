"""Words come from templates, and nothing that is filled in can mean anything but itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.tasks.world import World
from windlass.errors import TerminalError
from windlass.tasks.wording import markdown, media_of, render

PAGES = (
    "briefing",
    "demonstration",
    "migration_guide",
    "release_notes",
    "user_communication",
)
HOSTILE = "# [x](javascript:alert(1))\n<script>alert(1)</script> `{{ 7 * 7 }}` *bold* |"
FACTS: dict[str, Any] = {
    "product": "The shop",
    "version": "1.4.0",
    "release_type": "minor",
    "date": "2026-03-10",
    "captain": "mia",
    "reason": "feature",
    "note": "",
    "locked": True,
    "delivered": [
        {"key": "SHOP-12", "title": HOSTILE, "kind": "feature", "link": "javascript:alert(1)"}
    ],
    "dropped": [{"key": "SHOP-15", "title": "Later", "kind": "feature", "link": ""}],
    "unplanned": [],
    "without_issue": [{"key": "abc", "title": HOSTILE}],
    "breaking": [{"key": "SHOP-12", "title": HOSTILE, "note": ""}],
    "migrations": ["migrations/1.sql"],
    "summary": "1 commit",
    "targets": ["production/eu"],
    "candidate": "1.4.0-rc.1",
    "package": "sha256:1",
    "try_at": "http://staging",
    "environment": "staging",
    "recording": None,
    "meeting": None,
    "notice": "2 days",
}


def own(world: World, name: str, text: str) -> Any:
    """A product whose folder of templates holds one."""
    folder = Path(world.product.root) / "words"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.j2").write_text(text)
    return world.product.model_copy(update={"templates": "words"})


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_is_only_text_on_every_page(name: str, world: World) -> None:
    page = render(world.product, f"{name}.md", FACTS)
    shown = MarkdownIt("commonmark").render(page)
    assert "<script>" not in shown
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', shown))
    assert not re.search(r"<h1>(?!The shop|Briefing|Moving)", shown)
    assert "<em>bold</em>" not in shown
    assert "49" not in page
    if "SHOP-12" in page or "alert" in page:
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_html_is_escaped_as_html(world: World) -> None:
    product = own(world, "page.html", "<p>{{ said }}</p>{{ link('go', url) }}")
    text = render(product, "page.html", {"said": HOSTILE, "url": 'http://x/"onclick="a'})
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "<a" not in text
    assert '<a href="http://x/?a=1&amp;b=2"' in render(
        product, "page.html", {"said": "", "url": "http://x/?a=1&b=2"}
    )


def test_plain_text_stays_on_its_line_and_keeps_its_characters(world: World) -> None:
    product = own(world, "note.txt", "{{ said }}|{{ link('go', 'https://x') }}")
    said = "a <b> *c*\nSubject: forged\x1b[31m\u202e"
    assert render(product, "note.txt", {"said": said}) == (
        "a <b> *c* Subject: forged[31m|go (https://x)"
    )


def test_a_template_of_the_product_takes_the_place_of_the_built_in_one(world: World) -> None:
    product = own(world, "release_notes.md", "Hello {{ version }}")
    assert render(product, "release_notes.md", FACTS) == "Hello 1.4.0"


@pytest.mark.parametrize(
    "text, said",
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% if %}", "own.md"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ facts.append(1) }}", "is undefined"),
        ("{% include '../../etc/passwd' %}", "etc/passwd"),
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_is_an_error_with_its_name(
    world: World, text: str, said: str
) -> None:
    product = own(world, "own.md", text)
    with pytest.raises(TerminalError) as raised:
        render(product, "own.md", {})
    assert said in str(raised.value)
    assert "template" in str(raised.value)


def test_a_medium_that_is_not_known_is_refused() -> None:
    with pytest.raises(TerminalError, match=r"must end with one of \.md, \.html, \.txt"):
        media_of("page.rtf")


@pytest.mark.parametrize("start", ["- item", "+ item", "= item"])
def test_text_cannot_begin_a_list_or_a_heading(start: str) -> None:
    assert str(markdown(start)) == f"\\{start}"
