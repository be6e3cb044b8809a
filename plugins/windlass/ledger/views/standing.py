"""How a release stands: its inputs, outputs, success criteria and exit conditions.

:mod:`windlass.decisions.criteria` decides; here its facts are read from the release's events, and
every answer gets the numbers of the events that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windlass.decisions import criteria
from windlass.decisions.criteria import Criterion, Group
from windlass.ledger.views.release_facts import Facts
from windlass.ledger.views.standing_before import (
    input_facts,
    input_links,
    input_seqs,
    no_inputs,
)
from windlass.ledger.views.standing_end import (
    exit_facts,
    exit_seqs,
    no_exits,
    no_outputs,
    output_facts,
    output_links,
    output_seqs,
)
from windlass.ledger.views.standing_success import no_success, success_facts, success_seqs

TITLES: Mapping[str, str] = {
    "release_notes": "Release notes",
    "package": "Package with all artifacts",
    "test_results": "Test results",
    "approvals": "Approvals",
    "rollback_procedure": "Rollback procedure",
    "released_version": "Released version",
    "communication": "Notes and user communication",
    "health": "Metrics and health",
    "validation_reports": "Validation reports",
    "lessons": "Lessons and actions",
    "no_incident": "No critical or high incident",
    "features_work": "All planned features work",
    "performance": "Performance meets its targets",
    "feedback": "Feedback is positive",
    "rollback_tested": "Rollback was tested",
    "in_production": "In production",
    "monitored": "Monitoring complete",
    "no_critical": "Critical issues resolved or mitigated",
    "told": "Stakeholders told",
    "documented": "Documentation final and distributed",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the twenty. ``seqs`` number the events that it rests on, never empty."""

    group: Group
    name: str
    state: str
    reason: str
    seqs: tuple[int, ...]
    links: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As people say it."""
        return TITLES[self.name]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"state": self.state, "reason": self.reason, "events": list(self.seqs)}


def inputs_of(facts: Facts) -> tuple[Standing, ...]:
    """Release notes, package, test results, approvals, rollback procedure."""
    found = criteria.inputs(input_facts(facts), no_inputs(facts))
    return _with_proofs(facts, found, input_seqs(facts), input_links(facts))


def outputs_of(facts: Facts) -> tuple[Standing, ...]:
    """Released version, notes, metrics and health, validation reports, lessons and actions."""
    found = criteria.outputs(output_facts(facts), no_outputs(facts))
    return _with_proofs(facts, found, output_seqs(facts), output_links(facts))


def success_of(facts: Facts) -> tuple[Standing, ...]:
    """No grave incident, features work, performance, feedback, rollback tested."""
    found = criteria.success(success_facts(facts), no_success(facts))
    return _with_proofs(facts, found, success_seqs(facts))


def exits_of(facts: Facts) -> tuple[Standing, ...]:
    """In production, watched, nothing critical, told, documented."""
    found = criteria.exit_conditions(exit_facts(facts), no_exits(facts))
    return _with_proofs(facts, found, exit_seqs(facts))


def _with_proofs(
    facts: Facts,
    found: tuple[Criterion, ...],
    seqs: Mapping[str, tuple[int, ...]],
    links: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Standing, ...]:
    """What is not in any later event rests on the opening, which says what the release has."""
    return tuple(
        Standing(
            each.group,
            each.name,
            each.met.value,
            each.reason,
            seqs.get(each.name) or facts.first,
            (links or {}).get(each.name, ()),
        )
        for each in found
    )
