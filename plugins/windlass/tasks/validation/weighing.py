"""A report of any format against the suite's settings: the verdict, and the facts to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.adapters.reports import Report
from windlass.decisions.checks import Bound, weigh_findings, weigh_performance, weigh_tests
from windlass.decisions.verdict import Verdict
from windlass.ports.test_reports import Findings, Performance, Severity, TestReport
from windlass.spec.checks import Suite
from windlass.tasks.release import Release

#: How many failures and findings are kept by name.
KEPT = 20


def weigh_report(
    release: Release, name: str, settings: Suite, report: Report
) -> tuple[Verdict, dict[str, Any]]:
    """The verdict of one report, and what the ledger keeps of it."""
    if isinstance(report, TestReport):
        return _tests(settings, report)
    if isinstance(report, Findings):
        return _findings(settings, report)
    return _load(release, name, settings, report)


def _tests(settings: Suite, report: TestReport) -> tuple[Verdict, dict[str, Any]]:
    verdict = weigh_tests(
        total=report.total,
        failed=report.failed,
        skipped=report.skipped,
        failures=report.failures,
        passing=settings.passing,
    )
    return verdict, {
        "total": report.total,
        "passed": report.passed,
        "failed": report.failed,
        "skipped": report.skipped,
        "failures": list(report.failures[:KEPT]),
        "percent_passed": round(report.percent_passed, 2),
    }


def _findings(settings: Suite, report: Findings) -> tuple[Verdict, dict[str, Any]]:
    allowed = Severity(settings.max_severity)
    worse = report.above(allowed)
    counts = {severity.value: count for severity, count in report.by_severity.items()}
    named = [f"{item.rule} at {item.where}: {item.message}" for item in worse[:KEPT]]
    verdict = weigh_findings(
        counts, max_severity=settings.max_severity, checked=report.checked, worst=named
    )
    return verdict, {
        "findings": counts,
        "failed": len(report.items),
        "worst": report.worst.value,
        "named": named,
        "checked": report.checked,
    }


def _load(
    release: Release, name: str, settings: Suite, report: Performance
) -> tuple[Verdict, dict[str, Any]]:
    bounds = {
        figure: Bound(at_most=target.at_most, at_least=target.at_least, worse_by=target.worse_by)
        for figure, target in settings.targets.items()
    }
    last = last_figures(release, f"validation.quality.{name}")
    verdict = weigh_performance(report.figures, bounds, last)
    return verdict, {"figures": dict(report.figures), "last": dict(last) if last else None}


def last_figures(release: Release, task: str) -> Mapping[str, float] | None:
    """What ``task`` measured in the release that was promoted last; None before the first."""
    product = release.plan.product
    promoted = {
        event.stream for event in release.ledger.select(("version.promoted",), product=product)
    }
    found: Mapping[str, float] | None = None
    for event in release.ledger.select(("task.finished",), product=product):
        if event.stream == release.id or event.stream not in promoted:
            continue
        if event.data.get("task") == task and event.data.get("outcome") == "done":
            result = (event.data.get("evidence") or {}).get("result") or {}
            found = result.get("figures") or found
    return found
