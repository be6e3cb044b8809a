"""How a release stands: five success criteria and five exit conditions, from its events.

Each is met, not met, or not applicable with the reason; and names the events it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.release import Record, ReleaseView
from windlass.plan.release_plan import ReleasePlan

MET, NOT_MET, NOT_APPLICABLE = "met", "not met", "not applicable"
GRAVE = frozenset({"critical", "high"})


@dataclass(frozen=True, slots=True)
class Standing:
    """One criterion or condition. ``seqs`` number the events that it rests on, never empty."""

    name: str
    title: str
    state: str
    reason: str
    seqs: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "state": self.state,
            "reason": self.reason,
            "events": list(self.seqs),
        }


class Facts:
    """A release's events and plan, asked for what criteria need.

    Args:
        critical_open: what critical is open now, by whoever asked the tracker and the desk last.
    """

    def __init__(
        self,
        view: ReleaseView,
        events: Iterable[EventLike],
        plan: ReleasePlan,
        *,
        wanted: Sequence[str],
        critical_open: Sequence[str] = (),
    ) -> None:
        self.view, self.plan, self.critical_open = view, plan, tuple(critical_open)
        self.events = list(events)
        self.wanted = tuple(wanted)
        self.regions = tuple((view.opened or {}).get("inputs", {}).get("regions") or ())

    @property
    def first(self) -> tuple[int, ...]:
        """The opening: it froze what the release has, and so what it has not."""
        return self.last("release.opened")

    def last(self, *types: str) -> tuple[int, ...]:
        """The newest event of these types; empty when there is none."""
        found = [event.seq for event in self.events if event.type in types]
        return (found[-1],) if found else ()

    def every(self, *types: str) -> tuple[int, ...]:
        """All events of these types."""
        return tuple(event.seq for event in self.events if event.type in types)

    def record(self, task: str) -> Record | None:
        """How ``task`` ended, if it did."""
        return self.view.record(task)

    def absent(self, row: str, task: str | None = None) -> str | None:
        """Why the release has no such task, None when it has."""
        ids = {each.id for each in self.plan.tasks} | {each.row for each in self.plan.tasks}
        if (task or row) in ids:
            return None
        name = task or row
        listed = self.plan.not_applicable.get(name) or self.plan.not_applicable.get(row)
        return listed or f"{self.plan.release_type} releases have no {name}"

    def has_port(self, port: str) -> bool:
        """Whether the product, as it was frozen, configures ``port``."""
        spec: Mapping[str, Any] = (self.view.opened or {}).get("spec") or {}
        return bool((spec.get("vendors") or {}).get(port))

    def setting(self, name: str) -> Any:
        """A setting of the frozen policy of this release type; None when there is none."""
        spec: Mapping[str, Any] = (self.view.opened or {}).get("spec") or {}
        return ((spec.get("release_types") or {}).get(self.plan.release_type) or {}).get(name)

    def mark(self, task: str, name: str) -> tuple[int, ...]:
        """The events in which ``task`` says that it reached ``name``."""
        return tuple(
            event.seq
            for event in self.events
            if event.type == "evidence"
            and (event.data.get("task"), event.data.get("mark")) == (task, name)
        )

    def targets(self) -> tuple[str, ...]:
        """The live targets that this release is for."""
        return tuple(
            target.name
            for target in self.plan.live_targets
            if not self.regions or not target.region or target.region in self.regions
        )


def success_criteria(facts: Facts) -> tuple[Standing, ...]:
    """No grave incident, features work, performance, feedback, rollback tested."""
    return (
        _no_incident(facts),
        _features_work(facts),
        _performance(facts),
        _feedback(facts),
        _rollback_tested(facts),
    )


def _standing(
    name: str, title: str, state: str, reason: str, seqs: Sequence[int], facts: Facts
) -> Standing:
    return Standing(name, title, state, reason, tuple(seqs) or facts.first)


def _no_incident(facts: Facts) -> Standing:
    name, title = "no_incident", "No critical or high incident"
    grave = [i for i in facts.view.incidents if str(i.get("severity")) in GRAVE]
    if grave:
        text = ", ".join(f"{i['id']} ({i['severity']})" for i in grave)
        return _standing(name, title, NOT_MET, text, [int(i["seq"]) for i in grave], facts)
    absent = facts.absent("follow_up.incidents")
    if absent:
        return _standing(name, title, NOT_APPLICABLE, absent, (), facts)
    record = facts.record("follow_up.incidents")
    if record is None or record.outcome != "done":
        return _standing(name, title, NOT_MET, "nobody has looked for incidents yet", (), facts)
    text = f"{len(record.evidence.get('incidents') or ())} incidents name it, none of them grave"
    return _standing(name, title, MET, text, (record.seq,), facts)


def _features_work(facts: Facts) -> Standing:
    name, title = "features_work", "All planned features work"
    if facts.view.closed:
        reason = f"rolled back: {facts.view.closed['reason']}"
        return _standing(name, title, NOT_MET, reason, facts.last("exposure.closed"), facts)
    absent = facts.absent("follow_up.verify_features")
    if absent:
        return _standing(name, title, NOT_APPLICABLE, absent, (), facts)
    record = facts.record("follow_up.verify_features")
    if record is None or record.outcome != "done":
        return _standing(name, title, NOT_MET, "nobody has verified the features", (), facts)
    features: Mapping[str, str] = record.evidence.get("features") or {}
    broken = [key for key, state in features.items() if state != "works"]
    if broken:
        return _standing(
            name, title, NOT_MET, f"do not work: {', '.join(broken)}", (record.seq,), facts
        )
    return _standing(name, title, MET, f"{len(features)} items work", (record.seq,), facts)


#: What speaks for performance: the load test, the watch, the figures afterwards.
_PERFORMANCE = (
    ("validation.quality.suite", "validation.quality.performance"),
    ("follow_up.monitor", "follow_up.monitor"),
    ("follow_up.benchmarks", "follow_up.benchmarks"),
)


def _performance(facts: Facts) -> Standing:
    name, title = "performance", "Performance meets its targets"
    planned = [task for row, task in _PERFORMANCE if facts.absent(row, task) is None]
    if not planned:
        reason = "no load test, no watch and no figures are configured"
        return _standing(name, title, NOT_APPLICABLE, reason, (), facts)
    wrong: list[str] = []
    right: list[str] = []
    seqs: list[int] = []
    for task in planned:
        record = facts.record(task)
        if record is None or record.outcome == "failed":
            wrong.append(f"{task} did not come to its end")
            continue
        seqs.append(record.seq)
        if record.outcome == "skipped":
            continue
        outcome = record.evidence.get("outcome", "PASS")
        good = outcome in ("PASS", "MARGINAL") and not record.evidence.get("waived_by")
        (right if good else wrong).append(f"{task}: {_said(record)}")
    if wrong:
        return _standing(name, title, NOT_MET, "; ".join(wrong), seqs, facts)
    if not right:
        return _standing(name, title, NOT_APPLICABLE, "nothing was measured", seqs, facts)
    return _standing(name, title, MET, "; ".join(right), seqs, facts)


def _said(record: Record) -> str:
    evidence = record.evidence
    return str(evidence.get("verdict") or evidence.get("outcome") or "done")


def _feedback(facts: Facts) -> Standing:
    name, title = "feedback", "Feedback is positive"
    absent = facts.absent("follow_up.feedback")
    if absent:
        return _standing(name, title, NOT_APPLICABLE, absent, (), facts)
    record = facts.record("follow_up.feedback")
    if record is None or record.outcome != "done":
        return _standing(name, title, NOT_APPLICABLE, "nobody has been asked", (), facts)
    score, count = record.evidence.get("score"), record.evidence.get("responses")
    positive = record.evidence.get("positive")
    if positive is None:
        reason = f"{count or 0} answers are too few to tell"
        return _standing(name, title, NOT_APPLICABLE, reason, (record.seq,), facts)
    text = f"{score} of 5 from {count} answers, the target is {record.evidence.get('target')}"
    return _standing(name, title, MET if positive else NOT_MET, text, (record.seq,), facts)


def _rollback_tested(facts: Facts) -> Standing:
    name, title = "rollback_tested", "Rollback was tested"
    back = facts.every("revert.done")
    if back:
        return _standing(name, title, MET, "it was done, for real", back, facts)
    task = "validation.readiness.rehearsal"
    absent = facts.absent(task)
    record = facts.record(task)
    if absent or (record is not None and record.outcome == "skipped"):
        reason = absent or "; ".join(record.reasons if record else ())
        return _standing(
            name, title, NOT_APPLICABLE, reason, (record.seq,) if record else (), facts
        )
    if record is None or record.outcome != "done":
        return _standing(name, title, NOT_MET, "it was not rehearsed", (), facts)
    seconds = record.evidence.get("recovery_seconds")
    good = record.evidence.get("outcome", "PASS") in ("PASS", "MARGINAL")
    waived = record.evidence.get("waived_by")
    text = f"rehearsed: {seconds} s" if good and not waived else f"waived by {waived}"
    return _standing(
        name, title, MET if good and not waived else NOT_MET, text, (record.seq,), facts
    )
