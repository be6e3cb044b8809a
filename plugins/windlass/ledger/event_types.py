"""The closed list of things that can be written down: one line per type.

A type has a version and the keys its data must have; data may carry more. When the meaning of a
key changes, the version goes up and readers look at ``event.version``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from windlass.errors import InputError
from windlass.ledger.canonical import JSON


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: its current version, and the keys its data cannot do without."""

    name: str
    version: int
    required: tuple[str, ...]


def _type(name: str, *required: str, version: int = 1) -> tuple[str, EventType]:
    return name, EventType(name, version, required)


EVENT_TYPES: Mapping[str, EventType] = dict(
    (
        _type("abort.asked"),
        _type("artifact.stored"),
        _type("attestation.given"),
        _type("candidate.built"),
        _type("captain.changed"),
        _type("check.red"),
        _type("check.waived"),
        _type("claim.freed", "target"),
        _type("claim.suspect", "target"),
        _type("claim.taken", "target"),
        _type("document.published", "kind", "name", "digest", "document"),
        _type("day_0.announced", "to"),
        _type("day_0.moved", "to", "reason"),
        _type("dry_run.recorded"),
        _type("effect.decided", "key", "happened", "reason"),
        _type("effect.done", "key"),
        _type("effect.intended", "key"),
        _type("effect.refused", "key", "reason"),
        _type("effect.unknown", "key", "reason"),
        _type("evidence"),
        _type("exposure.closed"),
        _type("exposure.opened"),
        _type("exposure.stepped"),
        _type("flag.killed", "product", "environment", "flag", "reason"),
        _type("forecast.made", "milestones"),
        _type("forecast.met", "milestones"),
        _type("forward.done", "target", "version"),
        _type("freeze.overridden", "target", "role", "reason", "until"),
        _type("hold.lifted"),
        _type("hold.placed"),
        _type("hotfix.requested"),
        _type("incident.opened"),
        _type("item.dropped"),
        _type("judge.look"),
        _type("judge.verdict"),
        _type("line.resumed"),
        _type("line.stopped"),
        _type("message.thread"),
        _type("milestone.set"),
        _type("person.asked"),
        _type("person.did"),
        _type("person.was_cut_off", "action", "task", "id"),
        _type("person.was_refused"),
        _type("plan.changed"),
        _type("preemption.over", "target"),
        _type("question.answered"),
        _type("question.asked"),
        _type("release.cancelled"),
        _type("release.ended"),
        _type("release.emptied"),
        _type("release.opened", "product"),
        _type("release.postponed"),
        _type("release.preempted"),
        _type("release.started", "fix"),
        _type("release.superseded"),
        _type("revert.done"),
        _type("revert.started"),
        _type("revert.waits", "target", "until"),
        _type("review.owed"),
        _type("review.chased", "release", "owner"),
        _type("review.paid"),
        _type("scope.locked"),
        _type("seat.asked"),
        _type("seat.reminded"),
        _type("seat.escalated", "question", "person"),
        _type("signature.given"),
        _type("signature.rejected"),
        _type("signature.void"),
        _type("standing.ended", "id", "reason"),
        _type("standing.given", "id", "gate", "role", "until"),
        _type("standing.used", "id", "gate", "role"),
        _type("stream.closed", "stream", "seq", "hash"),
        _type("stream.opened", "stream"),
        _type("survey.opened"),
        _type("task.cleared", "tasks"),
        _type("task.finished"),
        _type("task.started"),
        _type("task.waiting"),
        _type("version.adopted"),
        _type("version.blocked"),
        _type("version.fixed"),
        _type("version.lifted"),
        _type("version.promoted"),
        _type("watchdog.acted"),
        _type("way_back.ended", "target", "version", "reason"),
        _type("witness.missed", "log", "event", "who", "when"),
    )
)


#: What people do to a product outside of any release: the stream's row says whose it is.
OUTSIDE = ("version.adopted", "version.lifted", "flag.killed")


def checked_type(name: str, data: Mapping[str, JSON]) -> EventType:
    """The type called ``name``, once ``data`` has what it requires.

    Raises:
        InputError: no such type, or a required key is missing.
    """
    kind = EVENT_TYPES.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, EVENT_TYPES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"unknown event type {name!r}; add it to ledger/event_types.py{hint}")
    missing = [key for key in kind.required if key not in data]
    if missing:
        raise InputError(f"event {name}: data lacks {', '.join(missing)}; given: {sorted(data)}")
    return kind
