"""When a release may close: in production, watched, nothing critical, told, documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from windlass.ledger.views.criteria import MET, NOT_APPLICABLE, NOT_MET, Facts, Standing

TITLES: Mapping[str, str] = {
    "in_production": "In production",
    "monitored": "Monitoring complete",
    "no_critical": "Critical issues resolved or mitigated",
    "told": "Stakeholders told",
    "documented": "Documentation final and distributed",
}


def exit_conditions(facts: Facts) -> tuple[Standing, ...]:
    """All five; one that the policy does not ask for is not applicable, and says so."""
    return tuple(_one(facts, name, title) for name, title in TITLES.items())


def _one(facts: Facts, name: str, title: str) -> Standing:
    if name not in facts.wanted:
        reason = "the policy does not ask for it"
        return Standing(name, title, NOT_APPLICABLE, reason, facts.first)
    state, reason, seqs = _HOW[name](facts)
    return Standing(name, title, state, reason, seqs or facts.first)


Found = tuple[str, str, tuple[int, ...]]


def _in_production(facts: Facts) -> Found:
    if facts.view.closed:
        closed = facts.last("exposure.closed")
        return NOT_MET, f"rolled back: {facts.view.closed['reason']}", closed
    missing = [name for name in facts.targets() if name not in facts.view.promoted]
    if missing or not facts.targets():
        return NOT_MET, f"not promoted on {', '.join(missing) or 'any target'}", ()
    where = ", ".join(facts.targets())
    return MET, f"{facts.view.version} serves {where}", facts.every("version.promoted")


def _monitored(facts: Facts) -> Found:
    absent = facts.absent("follow_up.monitor")
    if absent:
        return NOT_APPLICABLE, absent, ()
    record = facts.record("follow_up.monitor")
    if record is None or record.outcome != "done":
        return NOT_MET, "the watch did not come to its end", ()
    if record.evidence.get("waived_by"):
        reason = f"waived by {record.evidence['waived_by']}: {record.evidence.get('waiver')}"
        return NOT_MET, reason, (record.seq,)
    by = record.evidence.get("attested_by")
    said = f"{by} vouches for it" if by else str(record.evidence.get("verdict", "done"))
    return MET, said, (record.seq,)


def _no_critical(facts: Facts) -> Found:
    if facts.critical_open:
        seqs = facts.last("incident.opened", "hotfix.requested")
        return NOT_MET, f"open: {'; '.join(facts.critical_open)}", seqs
    looked = [
        record
        for task in ("follow_up.incidents", "follow_up.issues")
        if (record := facts.record(task)) is not None
    ]
    if not looked and not facts.absent("follow_up.incidents", "follow_up.incidents"):
        return NOT_MET, "nobody has looked for critical issues yet", ()
    if not looked and not facts.absent("follow_up.issues", "follow_up.issues"):
        return NOT_MET, "nobody has looked for critical issues yet", ()
    if not looked:
        return NOT_APPLICABLE, "no tracker, error tracker or incident desk is configured", ()
    return MET, "nothing critical is open", tuple(record.seq for record in looked)


def _told(facts: Facts) -> Found:
    sent = tuple(
        event.seq
        for event in facts.events
        if event.type == "effect.done" and event.data.get("kind") == "messages.post"
    )
    if sent:
        return MET, f"{len(sent)} messages were posted", (sent[0], sent[-1])
    if not facts.has_port("messages"):
        return NOT_APPLICABLE, "no messages configured", ()
    if facts.setting("tell") == "problems":
        return NOT_APPLICABLE, "the product wants to hear of problems only (tell: problems)", ()
    return NOT_MET, "no message was posted", ()


def _documented(facts: Facts) -> Found:
    if not facts.has_port("documents"):
        return NOT_APPLICABLE, "no documents configured", ()
    kept = facts.mark("follow_up.close", "documents final")
    if kept:
        return MET, "final notes are published, and people have the link", kept
    return NOT_MET, "the final notes are not published yet", ()


_HOW: Mapping[str, Callable[[Facts], Found]] = {
    "in_production": _in_production,
    "monitored": _monitored,
    "no_critical": _no_critical,
    "told": _told,
    "documented": _documented,
}
