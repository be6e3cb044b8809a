"""The watchdog looks after one release: with a new token it settles, ends, or lets it be."""

from __future__ import annotations

from datetime import timedelta

from windlass.tasks.guarding import duty
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result

#: The teardown that a duty is done by.
TASKS = {"settle": "execution.settle", "end": "release.end"}


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
    release.record("watchdog.acted", what=f"{owed.act}: {owed.why}")
    result = await _do(release, owed.act)
    return f"{owed.act}: {owed.why}: {type(result).__name__.lower()}"


async def _do(release: Release, act: str) -> Result:
    result = await perform(release, TASKS[act])
    if act == "settle" and isinstance(result, Done):
        return await perform(release, TASKS["end"])
    return result
