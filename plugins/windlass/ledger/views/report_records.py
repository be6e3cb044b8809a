"""What people and the judge decided, and what was done to the outside, as a report lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.proofs import Proof, Proofs
from windlass.ledger.views.release import ReleaseView
from windlass.plan.release_plan import ReleasePlan


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: who, in which role, what they said and what they were shown."""

    by: str
    role: str
    said: str
    at: datetime
    reason: str
    binds: tuple[tuple[str, str], ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: how it was decided and by whose signatures."""

    title: str
    state: str
    text: str
    signed: tuple[Signed, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict of the judge. ``figures``: one line per metric."""

    title: str
    move: str
    outcome: str
    reasons: tuple[str, ...]
    figures: tuple[str, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Waived:
    """A red result that people let pass, or vouched for."""

    title: str
    kind: str
    by: str
    reason: str
    until: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, for the timeline. ``tone``: good, bad, ask or plain."""

    at: datetime
    text: str
    by: str
    tone: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Something done to the outside world, and how it ended. ``tries``: how often it was begun."""

    key: str
    kind: str
    state: str
    text: str
    tries: int
    proofs: tuple[Proof, ...]


def gates_of(view: ReleaseView, plan: ReleasePlan, proofs: Proofs) -> tuple[Gate, ...]:
    """Every gate of the plan, with the signatures given for it."""
    return tuple(
        _gate(task.id, task.title, str(task.args.get("gate", "")), view, proofs)
        for task in plan.tasks
        if task.row.endswith(".gate")
    )


def _gate(task: str, title: str, gate: str, view: ReleaseView, proofs: Proofs) -> Gate:
    record = view.record(task)
    name = gate or task.split(".")[-2]
    signed = tuple(
        _signed(each, proofs)
        for each in view.signatures
        if each.get("gate") in (name, gate) and each.get("gate")
    )
    if record is None:
        return Gate(title, "not decided", "", signed, ())
    text = "; ".join(str(reason) for reason in record.evidence.get("reasons") or record.reasons)
    text = text or str(record.evidence.get("note") or "")
    state = str(record.evidence.get("decision") or record.outcome)
    return Gate(title, state, text, signed, proofs.of(record.seq))


def _signed(signature: Mapping[str, Any], proofs: Proofs) -> Signed:
    binds = signature.get("binds") or {}
    parts = (str(signature.get("reason") or ""), str(signature.get("condition") or ""))
    return Signed(
        by=str(signature["by"]),
        role=str(signature.get("role", "")),
        said="approved" if signature.get("said") == "approve" else "rejected",
        at=datetime.fromisoformat(str(signature.get("signed_at") or signature["at"])),
        reason="; ".join(part for part in parts if part),
        binds=tuple((name, _digest(value)) for name, value in binds.items()),
        proofs=proofs.of(int(signature["seq"])),
    )


def _digest(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("package") or value.get("digest") or "evidence")
    return str(value)


def judged_of(view: ReleaseView, plan: ReleasePlan, proofs: Proofs) -> tuple[Judged, ...]:
    """Every verdict, in the order it was given."""
    titles = {task.id: task.title for task in plan.tasks}
    return tuple(
        Judged(
            title=titles.get(task, task),
            move=str(verdict.get("move", "")),
            outcome=str(verdict.get("outcome", "")),
            reasons=tuple(str(reason) for reason in verdict.get("reasons") or ()),
            figures=tuple(_figure(*item) for item in (verdict.get("figures") or {}).items()),
            proofs=proofs.of(int(verdict["seq"])),
        )
        for task, verdict in sorted(view.verdicts.items(), key=lambda item: item[1]["seq"])
    )


def _figure(metric: str, figures: Mapping[str, Any]) -> str:
    known = (
        ("ratio", "{:.2f} times the baseline"),
        ("e_value", "evidence {:.3g}"),
        ("value", "{:.4g}"),
        ("looks", "{} looks"),
    )
    parts = [
        how.format(figures[name])
        for name, how in known
        if isinstance(figures.get(name), int | float)
    ]
    return f"{metric}: {', '.join(parts)}"


def waived_of(view: ReleaseView, plan: ReleasePlan, proofs: Proofs) -> tuple[Waived, ...]:
    """Waivers and attestations."""
    titles = {task.id: task.title for task in plan.tasks}
    waived = [("waived", each) for each in view.waivers]
    vouched = [("vouched for", each) for each in view.attested.values()]
    return tuple(
        Waived(
            title=titles.get(str(each["task"]), str(each["task"])),
            kind=kind,
            by=str(each["by"]),
            reason=str(each.get("reason") or ""),
            until=str(each.get("until") or ""),
            proofs=proofs.of(int(each["seq"])),
        )
        for kind, each in (*waived, *vouched)
    )


def effects_of(events: Iterable[EventLike], proofs: Proofs) -> tuple[Effect, ...]:
    """Every effect, in the order it was first begun."""
    begun: dict[str, list[EventLike]] = {}
    for event in events:
        if event.type.startswith("effect."):
            begun.setdefault(str(event.data["key"]), []).append(event)
    return tuple(_effect(key, history, proofs) for key, history in begun.items())


def _effect(key: str, history: list[EventLike], proofs: Proofs) -> Effect:
    last = history[-1]
    state = last.type.removeprefix("effect.")
    if state == "decided":
        state = "done, says a person" if last.data.get("happened") else "not done, says a person"
    kind = next((str(e.data["kind"]) for e in history if e.data.get("kind")), "")
    tries = sum(1 for e in history if e.type == "effect.intended")
    return Effect(key, kind, state, _results(history), tries, proofs.of(last.seq))


def _results(history: list[EventLike]) -> str:
    """How the last try ended; one that found all as it should be says so only if all did."""
    ended = [_result(event.data) for event in history if event.type != "effect.intended"]
    if not ended:
        return ""
    return "changed" if ended[-1] == "already so" and "changed" in ended else ended[-1]


def _result(data: Mapping[str, Any]) -> str:
    if data.get("reason"):
        return str(data["reason"])
    result = data.get("result")
    if isinstance(result, Mapping):
        if "changed" in result:
            return "changed" if result["changed"] else "already so"
        return ", ".join(f"{name} {value}" for name, value in result.items() if value)
    return "" if result is None else str(result)


def timeline_of(
    events: Iterable[EventLike], plan: ReleasePlan, proofs: Proofs
) -> tuple[Moment, ...]:
    """What a person would tell of it, in order."""
    titles = {task.id: task.title for task in plan.tasks}
    found = []
    for event in events:
        how = _TOLD.get(event.type)
        told = how(event.data, titles) if how else None
        if told is not None:
            text, tone = told
            found.append(Moment(event.at, text, event.by, tone, proofs.of(event.seq)))
    return tuple(found)


Told = tuple[str, str] | None
#: Answers that are told as signatures already.
_SIGNING = frozenset({"Approve", "Reject"})
Data = Mapping[str, Any]


def _say(pattern: str, tone: str = "plain") -> Callable[[Data, Mapping[str, str]], Told]:
    """``{name}`` in ``pattern`` is the event's, ``{title}`` the title of its task."""

    def how(data: Data, titles: Mapping[str, str]) -> Told:
        values = {name: "" if value is None else value for name, value in data.items()}
        values["role"] = str(values.get("role", "")).replace("_", " ")
        title = titles.get(str(data.get("task")), str(data.get("task", "")))
        return pattern.format_map(_Blank({**values, "title": title})).rstrip(" :"), tone

    return how


class _Blank(dict[str, Any]):
    """Names that an event does not have read as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _failed(data: Data, titles: Mapping[str, str]) -> Told:
    if data.get("outcome") != "failed":
        return None
    title = titles.get(str(data.get("task")), str(data.get("task")))
    return f"{title} failed: {'; '.join(str(r) for r in data.get('reasons') or ())}", "bad"


def _answered(data: Data, titles: Mapping[str, str]) -> Told:
    if data.get("option") in _SIGNING:
        return None
    title = titles.get(str(data.get("task")), str(data.get("task")))
    reason = str((data.get("fields") or {}).get("reason") or "")
    return f"{title}: answered {data.get('option')}" + (f" ({reason})" if reason else ""), "ask"


def _verdict(data: Data, titles: Mapping[str, str]) -> Told:
    title = titles.get(str(data.get("task")), str(data.get("task")))
    tone = "bad" if data.get("move") in ("rollback", "rollforward") else "good"
    first = next(iter(data.get("reasons") or ()), "")
    return f"{title}: {data.get('move')}" + (f" ({first})" if first else ""), tone


def _put_back(data: Data, titles: Mapping[str, str]) -> Told:
    if data.get("left"):
        return f"{data['target']} is halted: {data['left']:g} % keep {data['version']}", "ask"
    return f"{data['target']} is back on {data.get('back_to') or 'nothing'}", "good"


def _stepped(data: Data, titles: Mapping[str, str]) -> Told:
    share = f"{float(data['percent']):g} %"
    return f"{data.get('version')} to {share} on {data['target']}", "plain"


_TOLD: Mapping[str, Callable[[Data, Mapping[str, str]], Told]] = {
    "release.opened": _say("Opened: {product} ({release_type})"),
    "scope.locked": _say("Scope locked: {summary}"),
    "item.dropped": _say("Dropped from scope: {item} ({reason})", "ask"),
    "version.fixed": _say("Version fixed: {version}"),
    "candidate.built": _say("Package built: {name}"),
    "check.red": _say("{title} came out red", "bad"),
    "check.waived": _say("{title} waived until {until}: {reason}", "ask"),
    "attestation.given": _say("{title} vouched for: {reason}", "ask"),
    "signature.given": _say("Signed for {gate} as {role}: {reason}", "good"),
    "signature.rejected": _say("Rejected for {gate} as {role}: {reason}", "bad"),
    "signature.void": _say("A signature for {gate} became void: {reason}", "ask"),
    "question.answered": _answered,
    "freeze.overridden": _say("{target} overridden as {role}: {reason}", "ask"),
    "hold.placed": _say("Held: {reason}", "ask"),
    "hold.lifted": _say("Goes on: {reason}"),
    "captain.changed": _say("Captain is now {captain}: {reason}"),
    "exposure.stepped": _stepped,
    "judge.verdict": _verdict,
    "abort.asked": _say("Abort asked: {reason}", "bad"),
    "exposure.closed": _say("Rolls back: {reason}", "bad"),
    "revert.done": _put_back,
    "way_back.ended": _say("{target}: no way back from here: {reason}", "ask"),
    "forward.done": _say("{target} had no way back: all of it is on {version}", "bad"),
    "version.promoted": _say("{version} promoted on {target}", "good"),
    "version.blocked": _say("{version} blocked: {reason}", "bad"),
    "incident.opened": _say("Incident {id} ({severity}): {title}", "bad"),
    "hotfix.requested": _say("Hotfix asked for: {reason}", "bad"),
    "review.owed": _say("{what} owed by {owner} until {due}", "ask"),
    "review.paid": _say("Review held: {notes}", "good"),
    "release.cancelled": _say("Cancelled: {reason}", "bad"),
    "day_0.moved": _say("Day 0 moved to {to}: {reason}", "ask"),
    "release.postponed": _say("Postponed to {to}: {reason}", "ask"),
    "release.superseded": _say("Superseded: {reason}"),
    "release.emptied": _say("Nothing to release: {reason}"),
    "release.preempted": _say("Preempted: {reason}", "bad"),
    "release.ended": _say("Ended: {outcome}"),
    "watchdog.acted": _say("The watchdog acted: {action}", "ask"),
    "witness.missed": _say(
        "Only Airflow's log has it: {event} of {task} by {who} {command}", "bad"
    ),
    "person.was_cut_off": _say("No reply to the {action} of {title}: the server ended", "ask"),
    "person.was_refused": _say("Refused: {reason}", "ask"),
    "task.finished": _failed,
}
