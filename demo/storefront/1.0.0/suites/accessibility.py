"""Accessibility: reads the shop's pages for six things that shut people out. No browser, no axe.

Writes `build/accessibility.json`, a list of one result a page in the shape of axe's results, with
axe's own rule ids. Fails on any violation of impact serious or critical.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

from suites.target import BUILD, target

PAGES = ("/", "/checkout")
RULES = {
    "html-has-lang": ("serious", "<html> element must have a lang attribute"),
    "document-title": ("serious", "Documents must have a <title> element"),
    "image-alt": ("critical", "Images must have alternative text"),
    "label": ("critical", "Form elements must have labels"),
    "button-name": ("critical", "Buttons must have discernible text"),
    "page-has-heading-one": ("moderate", "Page should contain a level-one heading"),
}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
Attributes = dict[str, str]


class Page(HTMLParser):
    """What the rules need to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes, str]] = []
        self.texts: dict[int, str] = {}
        self.labelled: set[str] = set()
        self._open: list[tuple[str, int]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element and where its text begins."""
        found = {key: value or "" for key, value in attrs}
        if any(name == "label" for name, _ in self._open):
            found["in-label"] = "yes"
        if tag == "label":
            self.labelled.add(found.get("for", ""))
        self._open.append((tag, len(self.elements)))
        self.elements.append((tag, found, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and those inside it that have no end tag."""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Text belongs to every open element."""
        for _, index in self._open:
            self.texts[index] = self.texts.get(index, "") + data.strip()

    def _named(self, attributes: Attributes) -> bool:
        return bool(attributes.get("aria-label") or attributes.get("aria-labelledby"))

    def violations(self) -> Iterator[tuple[str, str]]:
        """(rule, the element's source) of everything that is wrong."""
        tags = [tag for tag, _, _ in self.elements]
        titled = any(tag == "title" and self.texts.get(index) for index, tag in enumerate(tags))
        if not titled:
            yield "document-title", "<html>"
        if "h1" not in tags:
            yield "page-has-heading-one", "<html>"
        for index, (tag, attributes, source) in enumerate(self.elements):
            yield from ((rule, source) for rule in self._of_element(index, tag, attributes))

    def _of_element(self, index: int, tag: str, attributes: Attributes) -> Iterator[str]:
        if tag == "html" and not attributes.get("lang"):
            yield "html-has-lang"
        if tag == "img" and "alt" not in attributes and not self._named(attributes):
            yield "image-alt"
        if tag == "button" and not self.texts.get(index) and not self._named(attributes):
            yield "button-name"
        if tag in {"input", "select", "textarea"} and not self._labelled(attributes):
            yield "label"

    def _labelled(self, attributes: Attributes) -> bool:
        return (
            attributes.get("type") in UNLABELLED_INPUTS
            or "in-label" in attributes
            or (bool(attributes.get("id")) and attributes["id"] in self.labelled)
            or self._named(attributes)
        )


def audit(html: str, url: str) -> dict[str, object]:
    """One page's result in axe's shape."""
    broken: dict[str, list[str]] = {}
    for rule, source in Page(html).violations():
        broken.setdefault(rule, []).append(source)

    def entry(rule: str) -> dict[str, object]:
        nodes = [{"html": source, "target": [source]} for source in broken.get(rule, [])]
        impact, text = RULES[rule]
        return {"id": rule, "impact": impact if nodes else None, "help": text, "nodes": nodes}

    return {
        "testEngine": {"name": "storefront suites.accessibility", "version": "1.0.0"},
        "timestamp": datetime.now(UTC).isoformat(),
        "url": url,
        "violations": [entry(rule) for rule in RULES if rule in broken],
        "passes": [entry(rule) for rule in RULES if rule not in broken],
        "incomplete": [],
        "inapplicable": [],
    }


def main() -> int:
    """Audit every page; 0 without serious or critical violations."""
    results, severe, status = [], 0, 200
    with target() as shop:
        for path in PAGES:
            reply = shop.ask("GET", path, name=f"accessibility {path}")
            status = max(status, reply.status)
            results.append(audit(reply.body, shop.url + path))
    for result in results:
        for violation in result["violations"]:  # type: ignore[attr-defined] # a list, as axe writes it
            severe += violation["impact"] in {"serious", "critical"}
            print(f"{result['url']}: {violation['id']} ({violation['impact']})")
    BUILD.mkdir(exist_ok=True)
    document = json.dumps(results, indent=2) + "\n"
    (BUILD / "accessibility.json").write_text(document, encoding="utf-8")
    print(f"{len(results)} pages, {severe} serious or critical violations")
    return 1 if severe or status != 200 else 0


if __name__ == "__main__":
    sys.exit(main())
