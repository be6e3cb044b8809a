"""``planning.notify``: everybody who must know hears that a release is planned."""

from __future__ import annotations

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.finding import Finding
from windlass.tasks.planning.consumers import tell_consumers
from windlass.tasks.release import Release
from windlass.tasks.scoping import scope_now
from windlass.tasks.telling import tell


async def notify(release: Release, task: PlannedTask) -> Finding:
    """Tell the channel, and products that need what breaks; check the notice users are promised."""
    day_0 = release.view.day_0
    when = day_0.isoformat() if day_0 else "the next fitting window"
    told = await tell(
        release,
        task,
        "milestone",
        f"{release.name} is planned for {when}",
        body=f"Reason: {release.inputs.reason}. {release.inputs.note}".strip(),
    )
    knowing = await tell_consumers(release, task, await scope_now(release))
    consumers = {"consumers": knowing} if knowing else {}
    return Finding(_notice(release), {"message": told, "day_0": when, **consumers})


def _notice(release: Release) -> Verdict:
    promised, day_0 = release.policy.notice, release.view.day_0
    if day_0 is None:
        return Verdict(Outcome.PASS, ("Day 0 is the next fitting window",))
    days = (day_0 - release.now()).total_seconds() / 86400
    if days + 1e-9 < promised.days and not release.dry_run:
        return Verdict(
            Outcome.FAIL,
            (f"users are promised {promised} of notice; Day 0 is in {max(days, 0):.1f} days",),
        )
    return Verdict(Outcome.PASS, (f"{days:.1f} days of notice, {promised} promised",))
