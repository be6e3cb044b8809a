"""What the reports of quality checks say, whoever wrote them and in whichever format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, mildest first."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for none, 4 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class TestReport:
    """Results of tests, counted by case.

    ``failures`` names what failed: cases, and suites that broke outside of any case; there may be
    more of them than ``failed`` cases.
    """

    __test__ = False  # its name does not make it a test for pytest

    total: int
    failed: int
    skipped: int
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """Cases that ran and did not fail."""
        return self.total - self.failed - self.skipped

    @property
    def percent_passed(self) -> float:
        """Share of the cases that ran, 0 to 100; 0 when none ran.

        >>> TestReport(total=10, failed=1, skipped=6).percent_passed
        75.0
        """
        ran = self.total - self.skipped
        return 100.0 * self.passed / ran if ran else 0.0

    @property
    def green(self) -> bool:
        """Whether something ran, and nothing failed in or outside of the cases."""
        return self.passed > 0 and not self.failed and not self.failures


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a scanner found. ``where`` is a file and line, or a page and element."""

    rule: str
    severity: Severity
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a scan found. ``checked`` names the tools, or counts the rules, that looked."""

    items: tuple[Finding, ...]
    checked: str

    @property
    def by_severity(self) -> Mapping[Severity, int]:
        """How many findings of each severity, those with none left out."""
        counts: dict[Severity, int] = {}
        for item in self.items:
            counts[item.severity] = counts.get(item.severity, 0) + 1
        return {severity: counts[severity] for severity in Severity if severity in counts}

    @property
    def worst(self) -> Severity:
        """The worst severity found; none when there is nothing."""
        return max(
            (item.severity for item in self.items), key=lambda s: s.rank, default=Severity.NONE
        )

    def above(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that are worse than ``severity``, worst first."""
        worse = [item for item in self.items if item.severity.rank > severity.rank]
        return tuple(sorted(worse, key=lambda item: (-item.severity.rank, item.rule, item.where)))


@dataclass(frozen=True, slots=True)
class Performance:
    """What a load test measured.

    Attributes:
        requests: how many were sent.
        rps: requests per second.
        error_rate: share of failed requests, 0 to 1.
        p50, p95, p99: response times in milliseconds; None when the report does not say.
        more: the tool's own figures by their own names, such as ``http_req_duration_p95``.
    """

    requests: int
    rps: float
    error_rate: float
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    more: Mapping[str, float] = field(default_factory=dict)

    @property
    def figures(self) -> Mapping[str, float]:
        """Every figure by name, those that the report does not say left out."""
        named = {
            "requests": float(self.requests),
            "rps": self.rps,
            "error_rate": self.error_rate,
            "p50": self.p50,
            "p95": self.p95,
            "p99": self.p99,
        }
        return {**self.more, **{name: value for name, value in named.items() if value is not None}}
