"""The watchdog looks after one release: with a new token it puts right, ends, or lets it be."""

from __future__ import annotations

from datetime import timedelta

from windlass.tasks.claiming import claim_name
from windlass.tasks.execution.migrate import still_migrating
from windlass.tasks.follow_up.after_production import MONITOR
from windlass.tasks.guarding import duty
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result

#: The task that a duty is done by.
TASKS = {"settle": "execution.settle", "go back": MONITOR, "end": "release.end"}


async def look_after(release: Release, *, run: str, patience: timedelta) -> str | None:
    """Do what is owed to the release now; what was done, or None.

    The token is raised before any act, so that a process that wakes up late can write nothing.

    Args:
        run: what became of its run: ``gone``, ``finished``, ``paused`` or ``alive``.
        patience: how long the release's own tasks are given first.

    Raises:
        WindlassError: it could not be helped; the next round tries again.
    """
    claims, product = release.ledger.claims.of(release.id), release.plan.product
    owed = duty(
        release.view,
        release.plan,
        run=run,
        claims=[claim.target.removeprefix(f"{product}/") for claim in claims],
        now=release.now(),
        patience=patience,
    )
    if owed is None:
        return None
    release.token = release.ledger.bump_token(release.id)
    if owed.act == "free":
        return f"{owed.act}: {owed.why}: {await _free(release)}"
    release.record("watchdog.acted", what=f"{owed.act}: {owed.why}")
    result = await _do(release, owed.act)
    return f"{owed.act}: {owed.why}: {type(result).__name__.lower()}"


async def _free(release: Release) -> str:
    """Give back what a release holds that has ended; a migration it left behind keeps its target.

    It was settled before it ended, so that nothing of it is to be put right: whoever took the lock
    after that was refused before it changed anything.
    """
    effects = release.ledger.effects(release.id, token=release.token, clock=release.now)
    quiet_at = effects.quiet_at()
    if quiet_at is not None:
        return f"a call may still land until {quiet_at.isoformat()}"
    kept = await still_migrating(release)
    for claim in release.ledger.claims.of(release.id):
        if claim.target not in {claim_name(release, target) for target in kept}:
            release.ledger.claims.free(claim.target, release.id)
    return "; ".join(kept.values()) or "done"


async def _do(release: Release, act: str) -> Result:
    result = await perform(release, TASKS[act])
    if act == "settle" and isinstance(result, Done):
        return await perform(release, TASKS["end"])
    return result
