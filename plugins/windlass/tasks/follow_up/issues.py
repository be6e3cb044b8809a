"""``follow_up.issues``: what people and the error tracker say about this version.

New error groups become issues. A critical one, or a rollback, asks for a hotfix: an emergency
release that waits for the on-call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.observations import ErrorGroup
from windlass.ports.tracker import Issue
from windlass.tasks.follow_up.after_production import (
    reached_users,
    released_at,
    still_watched,
    trouble,
)
from windlass.tasks.follow_up.hotfix import request_hotfix
from windlass.tasks.follow_up.owing import owe_incident_review
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Skip, Wait

#: New error groups that become issues of their own; the rest is only listed.
MOST_ISSUES = 20
CRITICAL = frozenset({"critical", "blocker", "p0", "sev1", "sev-1"})


async def issues(release: Release, task: PlannedTask) -> Result:
    """Triage once more; done when the watch is over and everything is listed."""
    if not reached_users(release):
        return Skip("users never saw this version")
    owe_incident_review(release)
    found = [*await _reported(release), *await _error_groups(release, task)]
    critical = [each for each in found if each["critical"]]
    reason = trouble(release)
    if reason is not None or critical:
        waits = await request_hotfix(release, task, reason or _because(critical), critical)
        if waits is not None:
            return waits
    if reason is None and still_watched(release):
        every = release.policy.follow_up.interval.total_seconds()
        return Wait("triages as long as the version is watched", every=every)
    hotfix = release.view.hotfix
    return Done(
        {
            "issues": found,
            "critical": [each["key"] for each in critical],
            "hotfix": dict(hotfix) if hotfix else None,
        }
    )


def _because(critical: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(f"{each['key']}: {each['title']}" for each in critical)


async def _reported(release: Release) -> list[dict[str, Any]]:
    if not release.ports.has("tracker"):
        return []
    return [_issue(each) for each in await release.ports.tracker.reported_against(release.version)]


def _issue(issue: Issue) -> dict[str, Any]:
    words = {str(issue.severity or "").lower(), issue.kind.lower(), *map(str.lower, issue.labels)}
    return {
        "key": issue.key,
        "title": issue.title,
        "from": "people",
        "severity": issue.severity,
        "critical": bool(words & CRITICAL) and not issue.done,
        "link": issue.link,
    }


async def _error_groups(release: Release, task: PlannedTask) -> list[dict[str, Any]]:
    """Error groups that this version brought, each with the issue made of it."""
    if not release.ports.has("errors"):
        return []
    groups = await release.ports.errors.new_groups(release.version, _since(release))
    listed = []
    for number, group in enumerate(sorted(groups, key=lambda group: not group.critical)):
        small = number < MOST_ISSUES and release.ports.has("tracker")
        key = await _made(release, task, group) if small else None
        listed.append(
            {
                "key": key or group.id,
                "title": group.title,
                "from": "errors",
                "severity": "critical" if group.critical else None,
                "critical": group.critical,
                "count": group.count,
                "link": group.link,
            }
        )
    return listed


async def _made(release: Release, task: PlannedTask, group: ErrorGroup) -> str:
    tracker, marker = release.ports.tracker, f"windlass-error-{group.id}"

    async def find() -> str | None:
        issue = await tracker.find(marker)
        return issue.key if issue else None

    async def do() -> str:
        body = (
            f"New in {release.name}; {group.count} times when this was written.\n{group.link or ''}"
        )
        made = await tracker.create(marker=marker, title=group.title, body=body, kind="bug")
        return made.key

    name = f"error-{group.id}"
    return str(
        await release.once(
            task, name, kind="tracker.create", find=find, do=do, idempotency=Idempotency.MARKER
        )
    )


def _since(release: Release) -> datetime:
    """From the first exposure on: what came earlier is not of this version."""
    times = [look["at"] for looks in release.view.looks.values() for look in looks]
    first = datetime.fromisoformat(min(times)) if times else None
    return first or release.view.opened_at or released_at(release) or release.now()
