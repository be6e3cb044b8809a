"""``follow_up.close``: final documents, then every exit condition, then the version is released.

It waits while a condition is unmet, looking again by itself; closing earlier takes an exception
with a name and a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from windlass.ledger.views.release_facts import Facts
from windlass.ledger.views.standing import Standing, exits_of, success_of
from windlass.ledger.views.standing_end import FINAL
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.follow_up.critical import critical_open
from windlass.tasks.follow_up.shelving import shelve
from windlass.tasks.marking import mark, marked
from windlass.tasks.planning.documents import write_drafts
from windlass.tasks.question import Field, Question
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Result
from windlass.tasks.telling import tell

OPTIONS = ("close with exception",)
REASON = Field("reason", "Why it may close like this", required_for=OPTIONS)


async def close(release: Release, task: PlannedTask) -> Result:
    """Finish the documents, weigh the conditions, ask for an exception if one is unmet."""
    await _finish_documents(release, task)
    facts = Facts(
        release.view,
        release.ledger.events(release.id),
        release.plan,
        critical_open=await critical_open(release),
    )
    conditions = exits_of(facts)
    unmet = {each.name: each.reason for each in conditions if each.state == "not met"}
    exceptions = _exceptions(release, task)
    left = {n: reason for n, reason in unmet.items() if (n, reason) not in exceptions}
    if left:
        return await _ask(release, task, left)
    shelved = await shelve(release, task)
    return Done(
        {
            "criteria": _json(success_of(facts)),
            "exit_conditions": _json(conditions),
            "exceptions": [
                f"{name}: {reason}; {exceptions[name, reason]}" for name, reason in unmet.items()
            ],
            **shelved,
        }
    )


def _json(standings: Iterable[Standing]) -> dict[str, Any]:
    return {each.name: each.to_json() for each in standings}


async def _finish_documents(release: Release, task: PlannedTask) -> None:
    """Bring every page up to the locked scope, and send the links to whom it concerns; once."""
    if not release.ports.has("documents") or marked(release, task, FINAL):
        return
    pages: Mapping[str, Mapping[str, Any]] = await write_drafts(
        release, task, release.view.scope or {}
    )
    links = {name: str(page.get("link") or page["key"]) for name, page in pages.items()}
    shown = tuple((name.replace("_", " "), link) for name, link in links.items())
    subject = f"{release.name}: the final documents"
    await tell(release, task, "milestone", subject, links=shown, name="documents")
    mark(release, task, FINAL, pages=links)


async def _ask(release: Release, task: PlannedTask, left: Mapping[str, str]) -> Ask:
    question = Question(
        task=task.id,
        kind="close",
        title=f"{release.name} cannot close yet: {', '.join(left)}",
        facts={"attempt": release.attempt(task), "unmet": dict(left)},
        options=OPTIONS,
        roles=task.owners,
        fields=(REASON,),
    )
    body = "\n".join(f"{name}: {reason}" for name, reason in left.items())
    to = tuple(name for role in task.owners for name in release.product.holders(role))
    await tell(
        release, task, "ask", question.title, body=body, to=to, name=f"close-{question.digest}"
    )
    return Ask(question, until=release.now() + release.policy.follow_up.interval)


def _exceptions(release: Release, task: PlannedTask) -> dict[tuple[str, str], str]:
    """What somebody made an exception of in this try: condition and reason → who and why.

    One that is unmet for another reason by now needs another exception.
    """
    found: dict[tuple[str, str], str] = {}
    for asked in release.view.questions.values():
        question = asked.question
        if (question["task"], question["kind"]) != (task.id, "close") or asked.answer is None:
            continue
        if question["facts"]["attempt"] == release.attempt(task):
            why = (asked.answer.get("fields") or {}).get("reason", "")
            found |= dict.fromkeys(question["facts"]["unmet"].items(), f"{asked.by}: {why}")
    return found
