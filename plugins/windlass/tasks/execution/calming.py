"""No flapping: after a rollback nothing ordinary begins in production for a while.

People look at what happened first. Every further rollback within a day makes it twice as long. A
person who lifts the blocked version has looked; an emergency and a rollback do not wait.
"""

from __future__ import annotations

from datetime import timedelta

from windlass.decisions.calm import calm_until
from windlass.decisions.windows import Purpose
from windlass.tasks.calendars import purpose_of
from windlass.tasks.release import Release
from windlass.tasks.results import Wait

TYPES = ("version.blocked", "version.lifted")


def calms_down(release: Release) -> Wait | None:
    """What an ordinary release waits for after others were rolled back; None when it may begin."""
    if purpose_of(release) is not Purpose.RELEASE:
        return None
    now, memory = release.now(), timedelta(days=1)
    events = release.ledger.select(TYPES, product=release.plan.product, after=now - memory)
    blocked = {}
    for event in events:
        version = str(event.data["version"])
        if event.type == "version.blocked":
            blocked[version] = event
        else:
            blocked.pop(version, None)
    until = calm_until([event.at for event in blocked.values()], release.policy.rollout.calm)
    if until is None or now >= until:
        return None
    last = max(blocked.values(), key=lambda event: event.at)
    how = f"windlass lift {release.plan.product} {last.data['version']}"
    return Wait(
        f"{last.data['version']} was taken back at {last.at:%F %H:%M} UTC: nothing ordinary begins "
        f"before {until:%F %H:%M} UTC, unless a person lifts it: {how}",
        until=until,
        every=60.0,
    )
