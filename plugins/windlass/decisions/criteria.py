"""Inputs, outputs, success criteria and exit conditions of a release: met, not met, or neither.

=====================  ========================================================================
inputs                 checked before production starts; each missing one is named
=====================  ========================================================================
release_notes          there is a page of notes
package                every artifact has a digest
test_results           every suite is green or waived by name
approvals              every gate is open
rollback_procedure     every target has a version to go back to (or a retract) and a written plan
=====================  ========================================================================

=====================  ========================================================================
outputs                each a link in the report
=====================  ========================================================================
released_version       the tag or the tracker's version
communication          notes and what users were told
health                 metrics of the watch
validation_reports     what the checks left
lessons                the review and its actions
=====================  ========================================================================

=====================  ========================================================================
success                what a good release is
=====================  ========================================================================
no_incident            no critical or high incident is linked to the version
features_work          every planned feature was verified
performance            targets met
feedback               the survey's score is positive
rollback_tested        this pair of packages was rehearsed
=====================  ========================================================================

=====================  ========================================================================
exit                   a release waits to close while one of these is unmet
=====================  ========================================================================
in_production          every target serves this version
monitored              the watch ended, or another version took its place
no_critical            every critical issue is resolved or mitigated
told                   everybody who had to hear it was told
documented             the pages are final and distributed
=====================  ========================================================================

Not applicable is only what the caller says so of, with a reason; a package, a way back, the
released version and being in production always apply. Not known is not met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from windlass.decisions.verdict import Outcome, Verdict


class Met(StrEnum):
    """The three answers of a criterion."""

    MET = "met"
    NOT_MET = "not met"
    NOT_APPLICABLE = "not applicable"


class Group(StrEnum):
    """Which of the four lists a criterion is in."""

    INPUT = "input"
    OUTPUT = "output"
    SUCCESS = "success"
    EXIT = "exit"


#: What no release can be without.
ALWAYS = frozenset({"package", "rollback_procedure", "released_version", "in_production"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of one release; ``reason`` is never empty, ``link`` is its evidence."""

    group: Group
    name: str
    met: Met
    reason: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """How a suite came out, and who waived it when it was red."""

    outcome: Outcome
    waived_by: str = ""


@dataclass(frozen=True, slots=True)
class WayBack:
    """For one target: the version to go back to (``retract`` for a first one), and the plan."""

    version: str
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """What there is before production."""

    notes: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict)
    suites: Mapping[str, Suite] = field(default_factory=dict)
    gates: Mapping[str, Verdict] = field(default_factory=dict)
    ways_back: Mapping[str, WayBack | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFacts:
    """A link to each output; empty: there is none."""

    released_version: str = ""
    communication: str = ""
    health: str = ""
    validation_reports: str = ""
    lessons: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessFacts:
    """What is known of how it went; None = not known.

    ``grave_incidents``: ids of critical and high incidents linked to the version.
    ``features``: planned feature → whether it was found to work.
    """

    grave_incidents: Sequence[str] | None = None
    features: Mapping[str, bool] | None = None
    performance: Verdict | None = None
    feedback: Verdict | None = None
    rehearsal: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitFacts:
    """What is known at the end; None = not known.

    Attributes:
        version: the one released.
        serving: target → the version it serves.
        watch_over: whether the watch ended with nothing found.
        replaced_by: the version that took this one's place; empty = none.
        open_critical: critical issues neither resolved nor mitigated.
        told: audience → whether it was told.
        pages: page → whether it is final and distributed.
    """

    version: str
    serving: Mapping[str, str | None]
    watch_over: bool | None = None
    replaced_by: str = ""
    open_critical: Sequence[str] | None = None
    told: Mapping[str, bool] | None = None
    pages: Mapping[str, bool] | None = None


def inputs(facts: InputFacts, not_applicable: Mapping[str, str]) -> tuple[Criterion, ...]:
    """The five inputs."""
    red = [
        f"{name} is {suite.outcome}"
        for name, suite in facts.suites.items()
        if suite.outcome is not Outcome.PASS and not suite.waived_by
    ]
    waived = [f"{n} waived by {s.waived_by}" for n, s in facts.suites.items() if s.waived_by]
    shut = [f"{gate}: {'; '.join(v.reasons)}" for gate, v in facts.gates.items() if not v.passed]
    lost = [f"{t} has none" for t, way in facts.ways_back.items() if not way or not way.version]
    lost += [f"{t} has no plan" for t, way in facts.ways_back.items() if way and not way.plan]
    bare = [f"{name} has no digest" for name, digest in facts.artifacts.items() if not digest]
    green = f"{len(facts.suites)} suites green"
    found = {
        "release_notes": (bool(facts.notes), facts.notes or "there are no release notes"),
        "package": _all(facts.artifacts, bare, "every artifact has a digest", "no artifact"),
        "test_results": _all(facts.suites, red, "; ".join([green, *waived]), "no test result"),
        "approvals": _all(facts.gates, shut, "every gate is open", "no gate was decided"),
        "rollback_procedure": _all(
            facts.ways_back, lost, "every target has a way back", "no target has a way back"
        ),
    }
    return _criteria(Group.INPUT, found, not_applicable)


def outputs(facts: OutputFacts, not_applicable: Mapping[str, str]) -> tuple[Criterion, ...]:
    """The five outputs."""
    links = {
        "released_version": facts.released_version,
        "communication": facts.communication,
        "health": facts.health,
        "validation_reports": facts.validation_reports,
        "lessons": facts.lessons,
    }
    found = {name: (bool(link), link or "there is no link to it") for name, link in links.items()}
    return _criteria(Group.OUTPUT, found, not_applicable)


def success(facts: SuccessFacts, not_applicable: Mapping[str, str]) -> tuple[Criterion, ...]:
    """The five success criteria."""
    grave, features = facts.grave_incidents, facts.features
    broken = [
        f"{name} was not found to work" for name, works in (features or {}).items() if not works
    ]
    found = {
        "no_incident": _none_of(grave, "no critical or high incident", "incidents"),
        "features_work": _all(
            features, broken, f"{len(features or ())} features work", "no feature was verified"
        ),
        "performance": _of(facts.performance, "performance was not measured"),
        "feedback": _of(facts.feedback, "nobody was asked"),
        "rollback_tested": _of(facts.rehearsal, "the rollback was not rehearsed"),
    }
    return _criteria(Group.SUCCESS, found, not_applicable)


def exit_conditions(facts: ExitFacts, not_applicable: Mapping[str, str]) -> tuple[Criterion, ...]:
    """The five exit conditions."""
    elsewhere = [
        f"{target} serves {version or 'nothing'}"
        for target, version in facts.serving.items()
        if version != facts.version and not (version and version == facts.replaced_by)
    ]
    untold = [f"{who} was not told" for who, told in (facts.told or {}).items() if not told]
    open_pages = [
        f"{page} is not final" for page, final in (facts.pages or {}).items() if not final
    ]
    found = {
        "in_production": _all(
            facts.serving, elsewhere, f"every target got {facts.version}", "no target is known"
        ),
        "monitored": _watched(facts),
        "no_critical": _none_of(facts.open_critical, "no critical issue is open", "issues"),
        "told": _all(facts.told, untold, "everybody was told", "nobody was told"),
        "documented": _all(
            facts.pages, open_pages, "every page is final and distributed", "there is no page"
        ),
    }
    return _criteria(Group.EXIT, found, not_applicable)


def unmet(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """Those that are not met."""
    return tuple(criterion for criterion in criteria if criterion.met is Met.NOT_MET)


def _criteria(
    group: Group, found: Mapping[str, tuple[bool, str]], not_applicable: Mapping[str, str]
) -> tuple[Criterion, ...]:
    made = []
    for name, (met, reason) in found.items():
        why_not = not_applicable.get(name)
        link = reason if group is Group.OUTPUT and met else ""
        if why_not and name not in ALWAYS and not met:
            made.append(Criterion(group, name, Met.NOT_APPLICABLE, why_not))
        else:
            made.append(Criterion(group, name, Met.MET if met else Met.NOT_MET, reason, link))
    return tuple(made)


def _all(
    known: Mapping[str, object] | None, against: Sequence[str], good: str, nothing: str
) -> tuple[bool, str]:
    """Met when something is known and nothing speaks against it."""
    if not known:
        return False, nothing
    return not against, "; ".join(against) or good


def _none_of(found: Sequence[str] | None, good: str, what: str) -> tuple[bool, str]:
    if found is None:
        return False, f"not known: nobody could ask for {what}"
    return not found, f"open: {', '.join(found)}" if found else good


def _of(verdict: Verdict | None, missing: str) -> tuple[bool, str]:
    return (verdict.passed, "; ".join(verdict.reasons)) if verdict else (False, missing)


def _watched(facts: ExitFacts) -> tuple[bool, str]:
    if facts.replaced_by:
        return True, f"the watch ended: superseded by {facts.replaced_by}"
    if facts.watch_over is None:
        return False, "not known whether the watch is over"
    return (
        facts.watch_over,
        "the watch is over" if facts.watch_over else "the watch did not end well",
    )
