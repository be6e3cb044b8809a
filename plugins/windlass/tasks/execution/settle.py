"""``execution.settle``: finish or roll back, whatever happened. The teardown of the release.

Where there is no way back it goes forward: users that met the version behind a migration that
cannot be undone all get it. A target that can only be halted stays where it was halted.

It runs when a step fails, on abort, when somebody marks the run failed, and from the watchdog when
Airflow does not act. It needs the ledger and the connections only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.ledger import EffectBusyUntil
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.attesting import attested
from windlass.tasks.claiming import claim_name, in_hand
from windlass.tasks.execution.closing import close_what_was_opened
from windlass.tasks.execution.forward import promote, roll_forward
from windlass.tasks.execution.migrate import still_migrating
from windlass.tasks.execution.revert import block, put_back, revert, way_back
from windlass.tasks.execution.rolling import PRODUCTION
from windlass.tasks.exposing import brings, serving
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait
from windlass.tasks.telling import tell

#: Seconds between two tries to put back a target that another call may still be changing.
BUSY_POLL = 2.0
#: Seconds between two looks at a migration whose worker is gone.
MIGRATION_POLL = 5.0


async def settle(release: Release, task: PlannedTask) -> Result:
    """Leave every target on a known version, then free the locks."""
    if not release.view.closed and await _is_through(release):
        _promote(release)
    elif release.view.touched:
        try:
            await revert(release, _why(release))
            await roll_forward(release)
        except EffectBusyUntil as busy:
            return Wait(str(busy), every=BUSY_POLL, until=busy.quiet_at)
        waits = await _until_quiet(release)
        if waits is not None:
            return waits
        _say_what_stays(release)
        block(release)
    migrating = await still_migrating(release)
    waits = await _until_migrated(release, task, migrating)
    if waits is not None:
        return waits
    problems = await _problems(release)
    if problems:
        return Fail(problems)
    await close_what_was_opened(release, task, why=_why(release), released=_released(release))
    kept = {claim_name(release, target) for target in migrating}
    for target in _claimed(release):
        if target not in kept:
            release.ledger.claims.free(target, release.id)
    left = {"still_migrating": migrating} if migrating else {}
    return Done({"serving": await _serving(release), **_how(release), **left})


async def _until_migrated(
    release: Release, task: PlannedTask, migrating: Mapping[str, str]
) -> Wait | None:
    """Wait for migrations without an end; after the policy's time people are told, once.

    Everything else goes on then. The target stays locked: the watchdog frees it when it is over.
    """
    migrations = release.policy.rollout.migrations
    if not migrating or migrations is None:
        return None
    why = "; ".join(migrating.values())
    until = mark(release, task, "waits for a migration") + migrations.wait
    if release.now() < until:
        return Wait(why, every=MIGRATION_POLL, until=until)
    where = ", ".join(migrating)
    body = (
        f"{why}.\nNothing else can be released to {where} until it has ended: let it end, or stop "
        "it where it runs. What it did so far is not known here."
    )
    subject = f"{release.name}: a migration of {where} does not end"
    whom = (release.view.captain, *release.product.holders("devops"))
    to = tuple(dict.fromkeys(person for person in whom if person))
    await tell(release, task, "problem", subject, body=body, to=to, name="migrating")
    return None


def _how(release: Release) -> dict[str, Any]:
    """What became of it, for people: put back, brought forward, or only migrated."""
    view = release.view
    found: dict[str, Any] = {"rolled_back": bool(view.closed)}
    if view.forward:
        found["rolled_forward"] = sorted(view.forward)
    if view.closed and (migrated := sorted(set(view.one_way) - set(view.forward))):
        found["migrated_for_good"] = migrated
    return found


def _say_what_stays(release: Release) -> None:
    """A halt that came too late for most of a target leaves the version live there."""
    for target, back in release.view.reverted.items():
        if back["back_to"] == release.view.version and back.get("left"):
            promote(release, target)


async def _is_through(release: Release) -> bool:
    """Whether it may stay: every task of production has ended, and every target serves it alone.

    The ledger's "stepped" is written before the call. A worker that died in the last step has
    exposed nothing yet, and what nobody judged is not promoted.
    """
    targets = _targets(release)
    if not _complete(release) or not all(_is_ended(release, name) for name in targets):
        return False
    exposures = {name: await serving(release, name) for name in targets}
    return all(each.share(brings(release, name)) == 100.0 for name, each in exposures.items())


def _is_ended(release: Release, target: str) -> bool:
    """Whether every task of production there has ended, or is vouched for by its owner."""
    return all(
        release.view.record(task.id) is not None or attested(release, task) is not None
        for task in release.plan.tasks
        if task.row.startswith(PRODUCTION) and task.args.get("target") == target
    )


def _complete(release: Release) -> bool:
    """Whether every live target that this release is for reached its last step."""
    targets = _targets(release)
    return bool(targets) and all(release.view.exposed.get(name) == 100.0 for name in targets)


def _released(release: Release) -> bool:
    """Whether the version stays: promoted, not taken back, and not ended before production."""
    return _complete(release) and not release.view.closed and not release.view.ending


def _targets(release: Release) -> list[str]:
    return [target.name for target in rollout_targets(release)]


def _why(release: Release) -> str:
    view = release.view
    if view.closed:
        return str(view.closed["reason"])
    if view.ending:
        return f"{view.ending['outcome']}: {view.ending['reason']}"
    failed = [
        f"{r.task}: {'; '.join(r.reasons)}" for r in view.records.values() if r.outcome == "failed"
    ]
    return failed[-1] if failed else "the rollout ended before every target was promoted"


def _promote(release: Release) -> None:
    for target in dict.fromkeys([*release.view.touched, *_targets(release)]):
        promote(release, target)


async def _until_quiet(release: Release) -> Wait | None:
    """A step that was in flight when we reverted may still land: look once more after it cannot."""
    effects = release.ledger.effects(release.id, token=release.token, clock=release.now)
    quiet_at = effects.quiet_at()
    if quiet_at is not None:
        return Wait("a call that was under way may still land; looks again then", until=quiet_at)
    for target in way_back(in_hand(release)):
        await put_back(release, target)
    await roll_forward(release)
    return None


async def _problems(release: Release) -> tuple[str, ...]:
    """Targets that do not serve what they should, read from the targets themselves."""
    wrong = []
    for target in in_hand(release):
        expected = _expected(release, target)
        exposure = await serving(release, target)
        left = release.view.reverted.get(target, {}).get("left")
        if left and exposure.share(release.version) <= left:
            continue  # halted, and not a user more
        if exposure.stable != expected or (expected and exposure.share(expected) != 100.0):
            wrong.append(f"{target} serves {dict(exposure.shares)}, not {expected} alone")
    return tuple(wrong)


def _expected(release: Release, target: str) -> str | None:
    stays = release.view.closed is None or target in release.view.forward
    if stays and release.view.version:
        return brings(release, target)
    before = release.view.before.get(target, {})
    stable = before.get("stable")
    return str(stable) if stable else None


async def _serving(release: Release) -> dict[str, str | None]:
    return {target: (await serving(release, target)).stable for target in in_hand(release)}


def _claimed(release: Release) -> list[str]:
    return [c.target for c in release.ledger.claims.all() if c.stream == release.id]
