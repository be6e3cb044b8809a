"""axe-core's results as JSON: one object for a page, or a list of them for several.

Impact minor is low, moderate medium, serious high, critical critical; none given is medium. What
axe could not decide (``incomplete``) is no finding; a person looks at it.
"""

from __future__ import annotations

from typing import Any

from windlass.adapters.reports.json_report import listed, load, mapped
from windlass.adapters.safe_names import one_line
from windlass.errors import TerminalError
from windlass.ports.test_reports import Finding, Findings, Severity

_IMPACTS = {
    None: Severity.MEDIUM,
    "minor": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "serious": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


def read(content: bytes, name: str) -> Findings:
    """One finding for each element that breaks a rule.

    Raises:
        TerminalError: not axe's results, or no rule was checked on some page.
    """
    document = load(content, name)
    pages = document if isinstance(document, list) else [document]
    if not pages:
        raise TerminalError(f"{name}: holds no page; an empty report passes nothing")
    items: list[Finding] = []
    rules = 0
    for page in pages:
        found, checked = _page(page, name)
        items += found
        rules += checked
    return Findings(tuple(items), f"{rules} rules on {len(pages)} pages")


def _page(page: Any, name: str) -> tuple[list[Finding], int]:
    results = mapped(page, name, "a page's results")
    url = one_line(str(results.get("url", "")), 200)
    violations = listed(results.get("violations"), name, f"violations of {url or 'a page'}")
    passes = listed(results.get("passes", []), name, f"passes of {url or 'a page'}")
    if not violations and not passes:
        raise TerminalError(f"{name}: no rule was checked on {url or 'a page'}")
    found = [item for entry in violations for item in _violation(entry, url, name)]
    return found, len(violations) + len(passes)


def _violation(entry: Any, url: str, name: str) -> list[Finding]:
    violation = mapped(entry, name, "a violation")
    impact = violation.get("impact")
    if impact not in _IMPACTS:
        raise TerminalError(f"{name}: impact {impact!r}; allowed: minor to critical")
    rule = one_line(str(violation.get("id") or "unnamed"), 100)
    message = one_line(str(violation.get("help") or violation.get("description") or ""), 300)
    nodes = listed(violation.get("nodes", []), name, f"nodes of {rule}") or [{}]
    return [
        Finding(rule, _IMPACTS[impact], message, f"{url} {_target(node)}".strip()) for node in nodes
    ]


def _target(node: Any) -> str:
    target = node.get("target", []) if isinstance(node, dict) else []
    return one_line(" ".join(str(part) for part in target), 200)
