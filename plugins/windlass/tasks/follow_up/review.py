"""``follow_up.review``: what went well, what went badly, and who does what about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.tasks.days import after
from windlass.tasks.follow_up.after_production import reached_users, released_at
from windlass.tasks.follow_up.asking import filled_in
from windlass.tasks.follow_up.owing import owe
from windlass.tasks.question import Answer, Field
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Result, Skip
from windlass.tasks.telling import tell

OPTIONS = ("reviewed",)
FIELDS = (
    Field("went_well", "What went well", required_for=OPTIONS),
    Field("went_badly", "What went badly", required_for=OPTIONS),
    Field("actions", "One action a line, each as owner: what to do"),
)


@dataclass(frozen=True, slots=True)
class Action:
    """Something that somebody promised to do."""

    owner: str
    text: str


async def review(release: Release, task: PlannedTask) -> Result:
    """Ask for the review; one that nobody holds in time is owed, and holds nothing up here."""
    if not reached_users(release):
        return Skip("users never saw this version")
    due = _due(release)
    found = await filled_in(
        release,
        task,
        title=f"{release.name}: the review",
        facts={"due": due.isoformat(), "carried_over": _open_actions(release)},
        options=OPTIONS,
        fields=FIELDS,
        check=lambda answer: _problem(release, answer),
        until=due,
    )
    if not isinstance(found, Ask):
        return await _held(release, task, found)
    if release.now() < due:
        return found
    owe(release, "review", due=due)
    overdue = release.policy.follow_up.review.overdue
    subject = f"{release.name}: the review was due on {due:%Y-%m-%d} and nobody held it"
    await tell(release, task, "problem", subject)
    return Done({"actions": [], "held": False, "owed_by": release.view.captain, "then": overdue})


def _due(release: Release) -> datetime:
    """When it is overdue: counted from Day 0, or from when the release came out or went back."""
    view, policy = release.view, release.policy.follow_up.review
    start = view.day_0 or released_at(release) or view.closed_at or view.opened_at
    held = after(release, start or release.now(), policy.after)
    return after(release, held, policy.within)


def _actions(answer: Answer) -> list[Action]:
    """The lines of the answer; an owner is empty where a line names none."""
    found = []
    for line in answer.fields.get("actions", "").splitlines():
        if line.strip(" \t-*•"):
            owner, colon, text = line.strip(" \t-*•").partition(":")
            found.append(Action(owner.strip(), text.strip()) if colon else Action("", line))
    return found


def _problem(release: Release, answer: Answer) -> str:
    known = ", ".join(sorted(release.product.people))
    for action in _actions(answer):
        if action.owner not in release.product.people or not action.text:
            line = f"{action.owner}: {action.text}" if action.owner else action.text
            return f"{line!r} is no action; write owner: what to do, the owner one of {known}"
    return ""


async def _held(release: Release, task: PlannedTask, answer: Answer) -> Result:
    actions = [
        await _issue(release, task, number, action)
        for number, action in enumerate(_actions(answer), start=1)
    ]
    return Done(
        {
            "actions": actions,
            "held": True,
            "by": answer.by,
            "went_well": answer.fields.get("went_well", ""),
            "went_badly": answer.fields.get("went_badly", ""),
        }
    )


async def _issue(
    release: Release, task: PlannedTask, number: int, action: Action
) -> dict[str, Any]:
    """The action, and the tracker's issue for it where there is a tracker."""
    said: dict[str, Any] = {"owner": action.owner, "text": action.text, "issue": None}
    if not release.ports.has("tracker"):
        return said
    tracker = release.ports.tracker
    name = f"action-{number}#{release.attempt(task)}"
    marker = f"{release.id}#{name}"

    async def find() -> str | None:
        issue = await tracker.find(marker)
        return issue.key if issue else None

    async def do() -> str:
        made = await tracker.create(
            marker=marker,
            title=action.text,
            body=f"From the review of {release.name} ({release.id}).",
            kind="task",
            assignee=action.owner,
        )
        return made.key

    key = await release.once(
        task, name, kind="tracker.create", find=find, do=do, idempotency=Idempotency.MARKER
    )
    return {**said, "issue": key}


def _open_actions(release: Release) -> list[dict[str, Any]]:
    """Actions of the last release's review, for the people who hold this one."""
    opened = release.view.opened_at
    earlier = [
        event
        for event in release.ledger.select(("task.finished",), product=release.plan.product)
        if event.data.get("task") == "follow_up.review"
        and event.stream != release.id
        and (opened is None or event.at < opened)
    ]
    if not earlier:
        return []
    return list((earlier[-1].data.get("evidence") or {}).get("actions") or ())
