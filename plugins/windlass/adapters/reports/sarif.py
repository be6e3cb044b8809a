"""SARIF 2.1.0, the format of security scanners (CodeQL, Semgrep, Trivy, Bandit, ESLint and others).

A result's severity is its rule's CVSS score when it carries one (``security-severity``: from 9
critical, 7 high, 4 medium), else its level: error high, warning medium, note low. Results that
are suppressed, or of a kind other than ``fail``, are not findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.adapters.reports.json_report import listed, load, mapped
from windlass.adapters.safe_names import one_line
from windlass.errors import TerminalError
from windlass.ports.test_reports import Finding, Findings, Severity

_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.NONE,
}
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))
Json = Mapping[str, Any]


def read(content: bytes, name: str) -> Findings:
    """What every run in the file found.

    Raises:
        TerminalError: not SARIF 2.1, no run, or a run that did not finish.
    """
    log = mapped(load(content, name), name, "the file")
    if not str(log.get("version", "")).startswith("2.1"):
        raise TerminalError(f"{name}: SARIF version {log.get('version')!r}; allowed: 2.1.0")
    runs = [mapped(run, name, "a run") for run in listed(log.get("runs"), name, "runs")]
    if not runs:
        raise TerminalError(f"{name}: holds no run; an empty report passes nothing")
    items = [item for run in runs for item in _findings(run, name)]
    return Findings(tuple(items), ", ".join(_driver(run, name)["name"] for run in runs))


def _findings(run: Json, name: str) -> list[Finding]:
    tool = _driver(run, name)["name"]
    for invocation in run.get("invocations") or ():
        if mapped(invocation, name, "an invocation").get("executionSuccessful") is False:
            raise TerminalError(f"{name}: {tool} did not finish its scan")
    results = listed(run.get("results"), name, f"results of {tool} (null: it did not scan)")
    rules = _rules(run, name)
    found = []
    for entry in results:
        result = mapped(entry, name, f"a result of {tool}")
        if result.get("kind", "fail") == "fail" and not _suppressed(result):
            found.append(_finding(result, _rule_of(result, rules), name))
    return found


def _finding(result: Json, rule: Json, name: str) -> Finding:
    message = mapped(result.get("message"), name, "a result's message")
    return Finding(
        rule=one_line(str(result.get("ruleId") or rule.get("id") or "unnamed"), 100),
        severity=_severity(result, rule, name),
        message=one_line(str(message.get("text") or message.get("markdown") or ""), 300),
        where=_where(result),
    )


def _severity(result: Json, rule: Json, name: str) -> Severity:
    for properties in (result.get("properties"), rule.get("properties")):
        score = (properties or {}).get("security-severity")
        if score is not None:
            return _of_score(score, name)
    default = (rule.get("defaultConfiguration") or {}).get("level", "warning")
    level = result.get("level", default)
    if level not in _LEVELS:
        raise TerminalError(f"{name}: level {level!r}; allowed: {', '.join(_LEVELS)}")
    return _LEVELS[level]


def _of_score(score: object, name: str) -> Severity:
    try:
        value = float(str(score))
    except ValueError as error:
        raise TerminalError(f"{name}: security-severity {score!r} is no number") from error
    for bound, severity in _SCORES:
        if value >= bound:
            return severity
    return Severity.LOW if value > 0 else Severity.NONE


def _rules(run: Json, name: str) -> list[Json]:
    tool = mapped(run.get("tool"), name, "tool")
    parts = [_driver(run, name), *(tool.get("extensions") or ())]
    return [rule for part in parts for rule in part.get("rules") or ()]


def _rule_of(result: Json, rules: list[Json]) -> Json:
    wanted = result.get("ruleId") or (result.get("rule") or {}).get("id")
    for rule in rules:
        if wanted is not None and rule.get("id") == wanted:
            return rule
    index = result.get("ruleIndex")
    if isinstance(index, int) and wanted is None and 0 <= index < len(rules):
        return rules[index]
    return {}


def _driver(run: Json, name: str) -> Json:
    tool = mapped(run.get("tool"), name, "tool")
    driver = mapped(tool.get("driver"), name, "tool.driver")
    if not isinstance(driver.get("name"), str):
        raise TerminalError(f"{name}: tool.driver.name is missing")
    return driver


def _suppressed(result: Json) -> bool:
    found = result.get("suppressions") or ()
    return any(one.get("status", "accepted") == "accepted" for one in found)


def _where(result: Json) -> str:
    for location in result.get("locations") or ():
        physical = location.get("physicalLocation") or {}
        uri = (physical.get("artifactLocation") or {}).get("uri")
        line = (physical.get("region") or {}).get("startLine")
        if uri:
            return one_line(f"{uri}:{line}" if line else str(uri), 200)
    return ""
