"""From events to a :class:`ReleaseView`: what each type of event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.release import Asked, Record, ReleaseView

Handler = Callable[[ReleaseView, EventLike], None]


def fold(stream: str, events: Iterable[EventLike]) -> ReleaseView:
    """The release ``stream`` as ``events`` (in order, from the first) say it is."""
    view = ReleaseView(stream)
    for event in events:
        apply(view, event)
    return view


def apply(view: ReleaseView, event: EventLike) -> None:
    """Take in one more event, in order; a type that no view needs changes nothing but ``seq``."""
    handler = _HANDLERS.get(event.type)
    if handler is not None:
        handler(view, event)
    view.seq = event.seq


def _opened(view: ReleaseView, event: EventLike) -> None:
    view.opened, view.opened_at = event.data, event.at
    if event.data.get("day_0"):
        view.day_0 = datetime.fromisoformat(event.data["day_0"])
    view.captain = event.data.get("captain")


def _started(view: ReleaseView, event: EventLike) -> None:
    view.started.setdefault(event.data["task"], event.at)
    view.waiting.pop(event.data["task"], None)


def _finished(view: ReleaseView, event: EventLike) -> None:
    data = event.data
    view.waiting.pop(data["task"], None)
    view.records[data["task"]] = Record(
        task=data["task"],
        outcome=data["outcome"],
        evidence=data.get("evidence") or {},
        reasons=tuple(data.get("reasons") or ()),
        at=event.at,
        seq=event.seq,
        package=data.get("package"),
    )


def _asked(view: ReleaseView, event: EventLike) -> None:
    question = event.data["question"]
    view.questions.setdefault(question["id"], Asked(question, event.at, event.seq))


def _answered(view: ReleaseView, event: EventLike) -> None:
    asked = view.questions.get(event.data["question"])
    if asked is not None and asked.answer is None:
        asked.answer, asked.answered_at, asked.by = event.data, event.at, event.by
        if event.data["option"] == "run again":
            _again(view, asked.question["task"])


def _again(view: ReleaseView, task: str) -> None:
    """One more try is due: a person asked for it, cleared the task, or policy grants it."""
    view.again[task] = view.again.get(task, 0) + 1


def _cleared(view: ReleaseView, event: EventLike) -> None:
    """Tasks are due again; not those of a production that is settled, nor any after the end.

    What users have by then may be another release's: to do such a task again would take it away.
    """
    if view.outcome:
        return
    for task in event.data["tasks"]:
        if view.settled and not task.startswith("follow_up."):
            continue
        view.cleared[task] = event.seq
        view.attested.pop(task, None)
        _again(view, task)


def _did(view: ReleaseView, event: EventLike) -> None:
    """How often somebody set a task's state: whatever the task showed is not shown any more."""
    for task in event.data.get("tasks") or ():
        view.set_by_hand[task] = view.set_by_hand.get(task, 0) + 1


def _signature(view: ReleaseView, event: EventLike) -> None:
    view.signatures.append(
        {**event.data, "by": event.by, "at": event.at.isoformat(), "seq": event.seq}
    )


def _stepped(view: ReleaseView, event: EventLike) -> None:
    target = event.data["target"]
    view.exposed[target] = float(event.data["percent"])
    view.audience.pop(target, None)
    if event.data.get("audience"):
        view.audience[target] = str(event.data["audience"])
    if target not in view.touched:
        view.touched.append(target)


def _exposure_opened(view: ReleaseView, event: EventLike) -> None:
    if event.data["target"] not in view.touched or event.data.get("regained"):
        view.before[event.data["target"]] = {**event.data, "seq": event.seq}


def _exposure_closed(view: ReleaseView, event: EventLike) -> None:
    if view.closed is None:
        view.closed, view.closed_at = {**event.data, "by": event.by}, event.at


def _ending(view: ReleaseView, event: EventLike) -> None:
    outcome = event.data.get("outcome") or event.type.removeprefix("release.")
    if view.ending is None:
        view.ending = {**event.data, "outcome": outcome, "by": event.by}


def _preempted(view: ReleaseView, event: EventLike) -> None:
    """By target, without the product that the name of its lock starts with."""
    product = (view.opened or {}).get("product", "")
    target = str(event.data["target"]).removeprefix(f"{product}/")
    view.preempted[target] = {**event.data, "at": event.at.isoformat(), "seq": event.seq}


def _regained(view: ReleaseView, event: EventLike) -> None:
    """The target is this release's again, and to be put back once more if need be."""
    view.preempted.pop(event.data["target"], None)
    view.reverted.pop(event.data["target"], None)
    view.forward.pop(event.data["target"], None)


def _ended(view: ReleaseView, event: EventLike) -> None:
    if view.outcome is None:
        view.outcome, view.ended_at = event.data["outcome"], event.at
        view.ended = event.data.get("evidence") or {}


def _candidate(view: ReleaseView, event: EventLike) -> None:
    view.candidate = event.data
    view.candidate_attempt = int(event.data.get("attempt", view.candidate_attempt))


def _look(view: ReleaseView, event: EventLike) -> None:
    view.looks.setdefault(event.data["task"], []).append(
        {**event.data, "at": event.at.isoformat(), "seq": event.seq}
    )


def _thread(view: ReleaseView, event: EventLike) -> None:
    view.thread = {**(view.thread or {}), **event.data}


def _set(name: str) -> Handler:
    def handler(view: ReleaseView, event: EventLike) -> None:
        setattr(view, name, {**event.data, "by": event.by, "at": event.at.isoformat()})

    return handler


def _append(name: str) -> Handler:
    def handler(view: ReleaseView, event: EventLike) -> None:
        getattr(view, name).append(
            {**event.data, "by": event.by, "at": event.at.isoformat(), "seq": event.seq}
        )

    return handler


def _keyed(name: str, key: str) -> Handler:
    def handler(view: ReleaseView, event: EventLike) -> None:
        getattr(view, name)[event.data[key]] = {
            **event.data,
            "by": event.by,
            "at": event.at.isoformat(),
            "seq": event.seq,
        }

    return handler


def _hold_lifted(view: ReleaseView, event: EventLike) -> None:
    view.hold = None


def _captain(view: ReleaseView, event: EventLike) -> None:
    view.captain = event.data["captain"]


def _version(view: ReleaseView, event: EventLike) -> None:
    view.version = event.data["version"]


def _day_0_moved(view: ReleaseView, event: EventLike) -> None:
    view.day_0 = datetime.fromisoformat(event.data["to"])
    view.moved = {**event.data, "by": event.by, "at": event.at.isoformat(), "seq": event.seq}


def _day_0_announced(view: ReleaseView, event: EventLike) -> None:
    if view.moved is not None and view.moved["to"] == event.data["to"]:
        view.moved = {**view.moved, "announced": True}


def _milestone(view: ReleaseView, event: EventLike) -> None:
    view.milestones[event.data["name"]] = datetime.fromisoformat(event.data["at"])


def _red(view: ReleaseView, event: EventLike) -> None:
    task = event.data["task"]
    view.red[task] = view.red.get(task, 0) + 1
    if event.data.get("rerun"):
        _again(view, task)


def _evidence(view: ReleaseView, event: EventLike) -> None:
    """How far a task of several stages got, per try; other evidence is for readers only."""
    data = event.data
    if "mark" in data:
        place = (data["task"], int(data["attempt"]), data["mark"])
        view.marks.setdefault(place, {**data, "at": event.at.isoformat(), "seq": event.seq})


def _promoted(view: ReleaseView, event: EventLike) -> None:
    view.promoted[event.data["target"]] = event.data["version"]


def _went_forward(view: ReleaseView, event: EventLike) -> None:
    """All of the target has the version: there was no way back."""
    _keyed("forward", "target")(view, event)
    view.exposed[event.data["target"]] = 100.0


def _review_owed(view: ReleaseView, event: EventLike) -> None:
    view.review_owed = {**event.data, "at": event.at.isoformat()}


def _review_paid(view: ReleaseView, event: EventLike) -> None:
    view.review_owed = None


def _dropped(view: ReleaseView, event: EventLike) -> None:
    view.dropped.append(event.data["item"])


_HANDLERS: dict[str, Handler] = {
    "release.opened": _opened,
    "release.ended": _ended,
    "release.cancelled": _ending,
    "release.postponed": _ending,
    "release.superseded": _ending,
    "release.emptied": _ending,
    "release.preempted": _preempted,
    "preemption.over": _regained,
    "task.started": _started,
    "task.waiting": _keyed("waiting", "task"),
    "task.finished": _finished,
    "task.cleared": _cleared,
    "person.did": _did,
    "question.asked": _asked,
    "question.answered": _answered,
    "signature.given": _signature,
    "signature.rejected": _signature,
    "attestation.given": _keyed("attested", "task"),
    "check.red": _red,
    "evidence": _evidence,
    "check.waived": _append("waivers"),
    "scope.locked": _set("scope"),
    "version.fixed": _version,
    "candidate.built": _candidate,
    "exposure.opened": _exposure_opened,
    "exposure.stepped": _stepped,
    "exposure.closed": _exposure_closed,
    "revert.done": _keyed("reverted", "target"),
    "way_back.ended": _keyed("one_way", "target"),
    "forward.done": _went_forward,
    "version.promoted": _promoted,
    "judge.look": _look,
    "judge.verdict": _keyed("verdicts", "task"),
    "hold.placed": _set("hold"),
    "hold.lifted": _hold_lifted,
    "freeze.overridden": _append("overrides"),
    "captain.changed": _captain,
    "milestone.set": _milestone,
    "forecast.made": _set("forecast"),
    "forecast.met": _set("forecast_met"),
    "day_0.moved": _day_0_moved,
    "day_0.announced": _day_0_announced,
    "message.thread": _thread,
    "incident.opened": _append("incidents"),
    "hotfix.requested": _set("hotfix"),
    "release.started": _set("begun"),
    "review.owed": _review_owed,
    "review.paid": _review_paid,
    "item.dropped": _dropped,
    "dry_run.recorded": _append("simulated"),
}
