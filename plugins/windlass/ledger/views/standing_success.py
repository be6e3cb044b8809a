"""How it went: facts for the five success criteria, and their events."""

from __future__ import annotations

from collections.abc import Sequence

from windlass.decisions.criteria import SuccessFacts
from windlass.decisions.verdict import Outcome, Verdict, worst
from windlass.ledger.views.release import Record
from windlass.ledger.views.release_facts import Facts, mapping, waived

GRAVE = frozenset({"critical", "high"})
INCIDENTS, FEATURES = "follow_up.incidents", "follow_up.verify_features"
FEEDBACK, REHEARSAL = "follow_up.feedback", "validation.readiness.rehearsal"
#: What speaks for performance: the load test, the watch, the figures afterwards.
PERFORMANCE = ("validation.quality.performance", "follow_up.monitor", "follow_up.benchmarks")


def success_facts(facts: Facts) -> SuccessFacts:
    """Read from the ledger; None where nobody has found out."""
    return SuccessFacts(
        grave_incidents=_grave(facts),
        features=_features(facts),
        performance=_performance(facts),
        feedback=_feedback(facts),
        rehearsal=_rehearsal(facts),
    )


def no_success(facts: Facts) -> dict[str, str]:
    """The criteria that do not apply to this release, and why."""
    found = {
        "no_incident": None if facts.view.incidents else facts.absent(INCIDENTS),
        "features_work": facts.absent(FEATURES) or _no_items(facts),
        "performance": None if _measured(facts) else "nothing measures it here",
        "feedback": facts.absent(FEEDBACK) or _too_few(facts),
        "rollback_tested": facts.absent(REHEARSAL) or _skipped(facts, REHEARSAL),
    }
    return {name: reason for name, reason in found.items() if reason}


def success_seqs(facts: Facts) -> dict[str, tuple[int, ...]]:
    """The events that each criterion rests on."""
    incidents = tuple(int(each["seq"]) for each in facts.view.incidents)
    gone = facts.last("exposure.closed")
    return {
        "no_incident": incidents or facts.seqs(INCIDENTS),
        "features_work": gone or facts.seqs(FEATURES),
        "performance": gone or facts.seqs(*PERFORMANCE),
        "feedback": facts.seqs(FEEDBACK),
        "rollback_tested": facts.every("revert.done") or facts.seqs(REHEARSAL),
    }


def _grave(facts: Facts) -> Sequence[str] | None:
    known = facts.view.incidents
    if facts.done(INCIDENTS) is None and not known:
        return None
    return [
        f"{each['id']} ({each.get('severity')})"
        for each in known
        if str(each.get("severity")) in GRAVE
    ]


def _features(facts: Facts) -> dict[str, bool] | None:
    record = facts.done(FEATURES)
    if record is None:
        return None
    return {
        str(key): state == "works"
        for key, state in mapping(record.evidence.get("features")).items()
    }


def _no_items(facts: Facts) -> str | None:
    return "this release delivered no items" if _features(facts) == {} else None


def _measured(facts: Facts) -> list[str]:
    return [
        task
        for task in PERFORMANCE
        if facts.absent(task, task) is None and _skipped(facts, task) is None
    ]


def _performance(facts: Facts) -> Verdict | None:
    planned = _measured(facts)
    if not planned:
        return None
    if facts.view.closed:
        return Verdict(Outcome.FAIL, (f"rolled back: {facts.view.closed['reason']}",))
    parts = [_measure(task, facts.record(task)) for task in planned]
    return worst(parts, when_none="nothing was measured")


def _measure(task: str, record: Record | None) -> Verdict:
    if record is None or record.outcome != "done":
        return Verdict(Outcome.NO_DATA, (f"{task} did not come to its end",))
    if waived(record):
        return Verdict(Outcome.FAIL, (f"{task} was red, waived by {waived(record)}",))
    said = str(record.evidence.get("outcome") or Outcome.PASS.value)
    good = said in (Outcome.PASS.value, Outcome.MARGINAL.value)
    word = record.evidence.get("verdict") or ("green" if good else said)
    if word == "regressed":
        good = False
    return Verdict(Outcome.PASS if good else Outcome.FAIL, (f"{task}: {word}",))


def _feedback(facts: Facts) -> Verdict | None:
    record = facts.done(FEEDBACK)
    if record is None or record.evidence.get("positive") is None:
        return None
    evidence = record.evidence
    score, count = evidence.get("score"), evidence.get("responses")
    text = f"{score} of 5 from {count} answers; the target is {evidence.get('target')}"
    return Verdict(Outcome.PASS if evidence["positive"] else Outcome.FAIL, (text,))


def _too_few(facts: Facts) -> str | None:
    record = facts.done(FEEDBACK)
    if record is None or record.evidence.get("positive") is not None:
        return None
    return f"{record.evidence.get('responses') or 0} answers are too few to tell"


def _rehearsal(facts: Facts) -> Verdict | None:
    back = [f"{t} to {r['back_to']}" for t, r in facts.view.reverted.items() if not r.get("left")]
    if back:
        return Verdict(Outcome.PASS, (f"done for real: {', '.join(back)}",))
    record = facts.done(REHEARSAL)
    if record is None:
        return None
    if waived(record):
        return Verdict(Outcome.FAIL, (f"red, waived by {waived(record)}",))
    seconds = record.evidence.get("recovery_seconds")
    return Verdict(Outcome.PASS, (f"rehearsed: back in {seconds} s",))


def _skipped(facts: Facts, task: str) -> str | None:
    """Why ``task`` did nothing, where the change did not call for it."""
    record = facts.record(task)
    over = facts.view.over
    if record is None or record.outcome != "skipped" or over:
        return None
    return "; ".join(record.reasons)
