"""What reports of checks mean under a policy. A report that proves nothing never passes.

==========================================  ===========
a test report                               verdict
==========================================  ===========
nothing ran (none there, all skipped)       NO_DATA
fewer ran than ``least``                    NO_DATA
a share below ``passing``                   FAIL
a suite broke outside of its tests          FAIL
enough passed                               PASS
==========================================  ===========
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.decisions.verdict import Outcome, Verdict

#: Mildest first.
SEVERITIES = ("none", "low", "medium", "high", "critical")
#: Figures of which more is better, when a bound does not say it by being ``at_least``.
MORE_IS_BETTER = frozenset({"requests", "rps", "throughput"})
#: How many failures are named.
NAMED = 5


def weigh_tests(
    *,
    total: int,
    failed: int,
    skipped: int,
    failures: Sequence[str],
    passing: float,
    least: int = 1,
) -> Verdict:
    """A test report against ``passing``, the percentage of those that ran which must pass.

    Args:
        total, failed, skipped: counts of cases.
        failures: what failed, by name; more of them than ``failed`` means that suites broke.
        passing: 0 to 100.
        least: fewer that ran prove nothing.

    >>> weigh_tests(total=412, failed=2, skipped=0, failures=["a", "b"], passing=100).reasons
    ('2 of 412 tests failed: a, b', '99.5 % passed, 100 % needed')
    """
    ran = total - skipped
    figures = {"total": total, "failed": failed, "skipped": skipped}
    if ran < max(1, least):
        why = f"{ran} tests ran ({total} there, {skipped} skipped), {max(1, least)} needed"
        return Verdict(Outcome.NO_DATA, (why,), figures)
    percent = 100 * (ran - failed) / ran
    named = f"{failed} of {ran} tests failed: {_some(failures)}" if failed else ""
    if len(failures) > failed:
        broke = f"something broke outside of the tests: {_some(failures)}"
        return Verdict(Outcome.FAIL, (broke,), figures)
    if percent < passing:
        needed = f"{percent:.1f} % passed, {passing:g} % needed"
        return Verdict(Outcome.FAIL, (named, needed), figures)
    good = f"{ran - failed} of {ran} tests passed"
    return Verdict(Outcome.PASS, (f"{good}; {named}" if named else good,), figures)


def weigh_exit_code(
    code: int | None, *, with_report: Verdict | None = None, failed: int = 0
) -> Verdict:
    """What a command's exit code says, beside its report.

    A non-zero code is what a run with allowed failures gives; without any failure it is red.

    ======  ======================  ==========================
    code    report                  verdict
    ======  ======================  ==========================
    0       none                    PASS
    1       none                    FAIL
    none    any                     ERROR: nobody saw it end
    any     red                     the report's
    0       green                   the report's
    1       green, some failed      the report's
    1       green, none failed      FAIL
    ======  ======================  ==========================
    """
    if code is None:
        return Verdict(Outcome.ERROR, ("nobody saw the command end",))
    if with_report is None:
        outcome = Outcome.FAIL if code else Outcome.PASS
        return Verdict(outcome, (f"the command ended with {code}",))
    if with_report.passed and code and not failed:
        return Verdict(Outcome.FAIL, (f"the report is green, but the command ended with {code}",))
    return with_report


def weigh_findings(
    by_severity: Mapping[str, int], *, max_severity: str, checked: str, worst: Sequence[str] = ()
) -> Verdict:
    """A scan's findings against the worst severity that is let through.

    Args:
        by_severity: how many of each; a severity that is not known counts as critical.
        max_severity: one of :data:`SEVERITIES`; ``none`` lets nothing through.
        checked: what looked; empty: nothing did.
        worst: the worst findings, in words.

    >>> weigh_findings({"high": 2, "low": 9}, max_severity="medium", checked="semgrep").reasons
    ('2 high; allowed: at most medium',)
    """
    if not checked:
        return Verdict(Outcome.NO_DATA, ("nothing was scanned",), dict(by_severity))
    allowed = SEVERITIES.index(max_severity)
    above = {
        name: count
        for name, count in by_severity.items()
        if count and (SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)) > allowed
    }
    if above:
        counts = ", ".join(f"{count} {name}" for name, count in above.items())
        examples = (_some(worst),) if worst else ()
        why = f"{counts}; allowed: at most {max_severity}"
        return Verdict(Outcome.FAIL, (why, *examples), dict(by_severity))
    total = sum(by_severity.values())
    why = f"{total} findings, none above {max_severity} ({checked})"
    return Verdict(Outcome.PASS, (why,), dict(by_severity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A performance target. ``worse_by``: percent that it may be worse than the last release."""

    at_most: float | None = None
    at_least: float | None = None
    worse_by: float | None = None


def weigh_performance(
    figures: Mapping[str, float],
    bounds: Mapping[str, Bound],
    last: Mapping[str, float] | None = None,
) -> Verdict:
    """A load report against its targets and the last release.

    Args:
        figures: what was measured; ``requests`` 0 or missing: nothing was.
        bounds: by figure. Without any, nothing can be weighed.
        last: the last release's figures; None before the first.

    >>> weigh_performance({"requests": 900, "p95": 230}, {"p95": Bound(at_most=200, worse_by=10)},
    ...                   {"p95": 200}).reasons
    ('p95 is 230; at most 200', 'p95 is 230, 15.0 % worse than 200; at most 10 %')
    """
    if not figures.get("requests"):
        return Verdict(Outcome.NO_DATA, ("the load report has no request",), dict(figures))
    if not bounds:
        return Verdict(Outcome.INCONCLUSIVE, ("no performance target is set",), dict(figures))
    missing = [name for name in bounds if not math.isfinite(figures.get(name, math.nan))]
    if missing:
        have = ", ".join(sorted(figures))
        why = f"the load report has no {', '.join(missing)}; it has {have}"
        return Verdict(Outcome.NO_DATA, (why,), dict(figures))
    against, compared = [], []
    for name, bound in bounds.items():
        against += _out_of(name, figures[name], bound)
        worse, note = _worse(name, figures[name], bound, (last or {}).get(name))
        against += worse
        compared += note
    if against:
        return Verdict(Outcome.FAIL, tuple(against), dict(figures))
    met = f"{', '.join(f'{name} is {figures[name]:g}' for name in bounds)}: targets met"
    return Verdict(Outcome.PASS, (met, *compared), dict(figures))


def weigh_survey(scores: Sequence[int], *, least: int, target: float) -> Verdict:
    """Answers from 1 (bad) to 5 (good) against the mean that counts as positive.

    >>> weigh_survey([5, 4, 4], least=3, target=3.5).reasons
    ('the mean of 3 answers is 4.33, at least 3.5 needed',)
    """
    if len(scores) < max(1, least):
        why = f"{len(scores)} answers, at least {max(1, least)} needed to tell"
        return Verdict(Outcome.NO_DATA, (why,), {"answers": len(scores)})
    mean = sum(scores) / len(scores)
    why = f"the mean of {len(scores)} answers is {mean:.2f}, at least {target:g} needed"
    outcome = Outcome.PASS if mean >= target else Outcome.FAIL
    return Verdict(outcome, (why,), {"answers": len(scores), "mean": mean})


def _out_of(name: str, value: float, bound: Bound) -> list[str]:
    out = []
    if bound.at_most is not None and value > bound.at_most:
        out.append(f"{name} is {value:g}; at most {bound.at_most:g}")
    if bound.at_least is not None and value < bound.at_least:
        out.append(f"{name} is {value:g}; at least {bound.at_least:g}")
    return out


def _worse(
    name: str, value: float, bound: Bound, last: float | None
) -> tuple[list[str], list[str]]:
    """What is worse than the last release, and what could not be compared."""
    if bound.worse_by is None:
        return [], []
    if last is None or not math.isfinite(last):
        return [], [f"{name}: no last release to compare with"]
    more_is_better = bound.at_least is not None or name in MORE_IS_BETTER
    loss = (last - value) if more_is_better else (value - last)
    percent = 100 * loss / abs(last) if last else math.inf * loss if loss else 0.0
    if percent <= bound.worse_by:
        return [], []
    return [
        f"{name} is {value:g}, {percent:.1f} % worse than {last:g}; at most {bound.worse_by:g} %"
    ], []


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
