"""What critical is open about this version, asked of the desk and the tracker now."""

from __future__ import annotations

from windlass.ports.tracker import Issue
from windlass.tasks.follow_up.issues import CRITICAL
from windlass.tasks.release import Release

GRAVE = frozenset({"critical", "high"})
#: Words of a status or label that say the harm is held off, though the issue stays open.
MITIGATED = frozenset({"mitigated", "workaround"})


async def critical_open(release: Release) -> tuple[str, ...] | None:
    """Open incidents and issues that are neither resolved nor mitigated; None: nobody to ask."""
    version = release.view.version
    asked = [port for port in ("incidents", "tracker") if release.ports.has(port)]
    if not asked or version is None:
        return None
    found: list[str] = []
    if "incidents" in asked:
        found += [
            f"{incident.id} ({incident.severity}): {incident.title}"
            for incident in await release.ports.incidents.linked_to(version)
            if incident.open and incident.severity in GRAVE
        ]
    if "tracker" in asked:
        found += await _issues(release, version)
    return tuple(found)


async def _issues(release: Release, version: str) -> list[str]:
    """Those reported, and those that were made of this version's critical errors."""
    tracker = release.ports.tracker
    record = release.view.record("follow_up.issues")
    keys = tuple(str(key) for key in (record.evidence.get("critical") or ())) if record else ()
    made = await tracker.get(keys) if keys else ()
    reported = [each for each in await tracker.reported_against(version) if _critical(each)]
    every = {issue.key: issue for issue in (*made, *reported)}
    return [f"{issue.key}: {issue.title}" for issue in every.values() if _open(issue)]


def _words(issue: Issue) -> set[str]:
    return {issue.kind.lower(), issue.status.lower(), *map(str.lower, issue.labels)}


def _critical(issue: Issue) -> bool:
    return bool(CRITICAL & {str(issue.severity or "").lower(), *_words(issue)})


def _open(issue: Issue) -> bool:
    return not issue.done and not MITIGATED & _words(issue)
