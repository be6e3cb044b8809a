"""What goes into a release and what comes out of it: five of each, there or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from windlass.ledger.views.criteria import NOT_APPLICABLE, Facts
from windlass.ledger.views.release import Record

THERE, MISSING = "there", "missing"


@dataclass(frozen=True, slots=True)
class Good:
    """An input or an output. ``seqs`` number the events that it rests on, never empty."""

    title: str
    state: str
    text: str
    seqs: tuple[int, ...]
    links: tuple[str, ...] = ()


def inputs_of(facts: Facts) -> tuple[Good, ...]:
    """Release notes, package, test results, approvals, rollback procedure."""
    return tuple(
        _good(facts, title, how)
        for title, how in (
            ("Release notes", _notes),
            ("Package with all artifacts", _package),
            ("Test results", _tests),
            ("Approvals", _approvals),
            ("Rollback procedure", _way_back),
        )
    )


def outputs_of(facts: Facts) -> tuple[Good, ...]:
    """Released version, notes, metrics and health, validation reports, lessons and actions."""
    return tuple(
        _good(facts, title, how)
        for title, how in (
            ("Released version", _version),
            ("Notes and user communication", _final_notes),
            ("Metrics and health", _metrics),
            ("Validation reports", _tests),
            ("Lessons and actions", _lessons),
        )
    )


Found = tuple[str, str, tuple[int, ...], tuple[str, ...]]


def _good(facts: Facts, title: str, how: Callable[[Facts], Found]) -> Good:
    state, text, seqs, links = how(facts)
    return Good(title, state, text, seqs or facts.first, links)


def _of_task(facts: Facts, row: str, said: Callable[[Record], str], missing: str) -> Found:
    absent = facts.absent(row)
    record = facts.record(row)
    if absent:
        return NOT_APPLICABLE, absent, (), ()
    if record is None or record.outcome != "done":
        reason = "; ".join(record.reasons) if record else missing
        return MISSING, reason or missing, (record.seq,) if record else (), ()
    return THERE, said(record), (record.seq,), _links(record.evidence)


def _notes(facts: Facts) -> Found:
    def said(record: Record) -> str:
        pages = record.evidence.get("documents")
        names = ", ".join(pages) if isinstance(pages, list | dict) else "drafts"
        return f"drafted at planning: {names}"

    return _of_task(facts, "planning.documents", said, "nothing was drafted")


def _package(facts: Facts) -> Found:
    candidate = facts.view.candidate
    if candidate is None:
        return MISSING, "no package was built", (), ()
    artifacts: Mapping[str, str] = candidate.get("artifacts") or {}
    digests = ", ".join(f"{name} {digest}" for name, digest in artifacts.items())
    text = f"{candidate['name']}: {digests or candidate['digest']}"
    return THERE, text, facts.last("candidate.built"), ()


def _tests(facts: Facts) -> Found:
    suites = facts.plan.rows("validation.quality.suite")
    if not suites:
        return NOT_APPLICABLE, "no suites are configured", (), ()
    said: list[str] = []
    seqs: list[int] = []
    links: list[str] = []
    missing: list[str] = []
    for task in suites:
        record = facts.record(task.id)
        name = str(task.args.get("suite") or task.id)
        if record is None or record.outcome == "failed":
            missing.append(name)
            continue
        seqs.append(record.seq)
        waived = record.evidence.get("waived_by")
        word = f"waived by {waived}" if waived else record.evidence.get("outcome", record.outcome)
        said.append(f"{name} {word}")
        links += _links(record.evidence)
    if missing:
        return MISSING, f"no result of {', '.join(missing)}", tuple(seqs), tuple(links)
    return THERE, ", ".join(said), tuple(seqs), tuple(links)


def _approvals(facts: Facts) -> Found:
    gates = [task for task in facts.plan.tasks if task.row.endswith(".gate")]
    signed = [task for task in gates if facts.plan.rows(task.row.removesuffix("gate") + "approval")]
    if not signed:
        return NOT_APPLICABLE, f"{facts.plan.release_type} releases need no approval", (), ()
    given = [s for s in facts.view.signatures if s.get("said") == "approve"]
    closed = [task.id for task in signed if _not_done(facts, task.id)]
    seqs = tuple(int(each["seq"]) for each in given)
    if closed:
        return MISSING, f"{', '.join(closed)} is not open", seqs, ()
    people = ", ".join(dict.fromkeys(f"{s['by']} ({s['role']})" for s in given))
    records = [facts.record(task.id) for task in signed]
    return THERE, people or "by standing approval", seqs + _seqs(records), ()


def _not_done(facts: Facts, task: str) -> bool:
    record = facts.record(task)
    return record is None or record.outcome == "failed"


def _seqs(records: list[Record | None]) -> tuple[int, ...]:
    return tuple(record.seq for record in records if record is not None)


def _way_back(facts: Facts) -> Found:
    def said(record: Record) -> str:
        ways: Mapping[str, Any] = record.evidence.get("last_good") or {}
        return "; ".join(
            f"{target}: back to {way.get('back_to') or 'nothing (first release)'}"
            for target, way in ways.items()
        )

    return _of_task(facts, "planning.rollback", said, "no way back was proven")


def _version(facts: Facts) -> Found:
    view = facts.view
    if view.closed or not view.promoted:
        seqs = facts.last("exposure.closed", "release.cancelled", "release.postponed")
        return MISSING, "no version was released", seqs, ()
    where = ", ".join(f"{target} {version}" for target, version in view.promoted.items())
    return THERE, where, facts.every("version.promoted"), ()


def _final_notes(facts: Facts) -> Found:
    if not facts.has_port("documents"):
        return NOT_APPLICABLE, "no documents configured", (), ()
    seqs = facts.mark("follow_up.close", "documents final")
    if not seqs:
        return MISSING, "the final notes are not published", (), ()
    pages = [e.data for e in facts.events if e.seq in seqs]
    links = tuple(str(link) for page in pages for link in page.get("links") or ())
    return THERE, "published and distributed", seqs, links


def _metrics(facts: Facts) -> Found:
    looks = facts.every("judge.look")
    health = [facts.record(task.id) for task in facts.plan.rows("execution.production.validate")]
    seqs = (*looks[:1], *looks[-1:], *facts.every("judge.verdict"), *_seqs(health))
    if not seqs:
        return NOT_APPLICABLE, "nothing was exposed, so nothing was measured", (), ()
    return THERE, f"{len(looks)} looks, {len(facts.view.verdicts)} verdicts", seqs, ()


def _lessons(facts: Facts) -> Found:
    record = facts.record("follow_up.review")
    if record is not None and record.outcome == "done" and record.evidence.get("held") is False:
        who = record.evidence.get("owed_by")
        return MISSING, f"the review is owed by {who}", (record.seq,), ()

    def said(held: Record) -> str:
        return f"{len(held.evidence.get('actions') or ())} actions with owners"

    return _of_task(facts, "follow_up.review", said, "the review was not held")


def _links(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses among the evidence; shown as links only where they are safe."""
    return tuple(
        value
        for name, value in evidence.items()
        if isinstance(value, str) and name in ("link", "page", "briefing", "report", "survey")
    )
