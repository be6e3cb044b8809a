"""What there was before production: facts for the five inputs, and their events."""

from __future__ import annotations

from collections.abc import Mapping

from windlass.decisions.criteria import InputFacts, Suite, WayBack
from windlass.decisions.verdict import Outcome, Verdict
from windlass.ledger.views.release import Record
from windlass.ledger.views.release_facts import Facts, mapping, waived

DOCUMENTS, WAY_BACK = "planning.documents", "planning.rollback"


def input_facts(facts: Facts) -> InputFacts:
    """Read from the ledger; what no event says is not there."""
    return InputFacts(
        notes=_notes(facts),
        artifacts=_artifacts(facts),
        suites={name: _suite(facts.record(task)) for name, task in suites_of(facts).items()},
        gates={task: _gate(facts.record(task)) for task in _gates(facts)},
        ways_back=_ways_back(facts),
    )


def no_inputs(facts: Facts) -> dict[str, str]:
    """The inputs that this release does not have, and why."""
    found = {}
    absent = facts.absent(DOCUMENTS)
    if absent:
        found["release_notes"] = absent
    if not suites_of(facts):
        found["test_results"] = facts.absent("validation.quality.suite") or "no suites"
    if not _gates(facts):
        found["approvals"] = f"{facts.plan.release_type} releases need no approval"
    return found


def input_seqs(facts: Facts) -> dict[str, tuple[int, ...]]:
    """The events that each input rests on."""
    signed = tuple(int(each["seq"]) for each in facts.view.signatures)
    return {
        "release_notes": facts.seqs(DOCUMENTS),
        "package": facts.last("candidate.built"),
        "test_results": facts.seqs(*suites_of(facts).values()),
        "approvals": (*signed, *facts.seqs(*_gates(facts))),
        "rollback_procedure": facts.seqs(WAY_BACK),
    }


def input_links(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Addresses to open."""
    record = facts.done(DOCUMENTS)
    pages = mapping(record.evidence.get("documents")) if record else {}
    link = str(mapping(pages.get("release_notes")).get("link") or "")
    return {"release_notes": (link,)} if link else {}


def suites_of(facts: Facts) -> dict[str, str]:
    """The suites of the plan: name → task."""
    return {
        str(task.args.get("suite") or task.id): task.id
        for task in facts.plan.rows("validation.quality.suite")
    }


def _notes(facts: Facts) -> str:
    record = facts.done(DOCUMENTS)
    pages = mapping(record.evidence.get("documents")) if record else {}
    notes = mapping(pages.get("release_notes"))
    if not notes:
        return ""
    edited = "edited by people" if notes.get("edited") else "drafted from the scope"
    return f"{edited}: {notes.get('key')}"


def _artifacts(facts: Facts) -> Mapping[str, str]:
    candidate = facts.view.candidate
    if candidate is None:
        return {}
    named = {str(k): str(v) for k, v in mapping(candidate.get("artifacts")).items()}
    return named or {str(candidate["name"]): str(candidate["digest"])}


def _suite(record: Record | None) -> Suite:
    if record is None:
        return Suite(Outcome.NO_DATA)
    if record.outcome == "skipped":
        return Suite(Outcome.PASS)
    if record.outcome == "failed":
        return Suite(Outcome.FAIL)
    said = str(record.evidence.get("outcome") or Outcome.PASS.value)
    known = {each.value for each in Outcome}
    outcome = Outcome(said) if said in known else Outcome.INCONCLUSIVE
    by = waived(record) or str(record.evidence.get("attested_by") or "")
    return Suite(Outcome.PASS if outcome is Outcome.MARGINAL else outcome, by)


def _gates(facts: Facts) -> tuple[str, ...]:
    return tuple(task.id for task in facts.plan.tasks if task.row.endswith(".gate"))


def _gate(record: Record | None) -> Verdict:
    if record is None:
        return Verdict(Outcome.NO_DATA, ("it was not decided",))
    if record.outcome == "failed":
        return Verdict(Outcome.FAIL, record.reasons or ("it failed",))
    return Verdict(Outcome.PASS, record.reasons or ("open",))


def _ways_back(facts: Facts) -> dict[str, WayBack | None]:
    record = facts.done(WAY_BACK)
    ways = mapping(record.evidence.get("last_good")) if record else {}
    plan = str(record.evidence.get("rollback") or "") if record else ""
    return {
        str(target): WayBack(str(mapping(way).get("back_to") or "retract"), plan)
        for target, way in ways.items()
    }
