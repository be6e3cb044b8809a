"""Two releases of one product want one environment: the table of ``two_releases``, carried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from windlass.decisions.two_releases import Encounter, Newcomer, Party, Stage, meet
from windlass.errors import ClaimHeld, RetryableError
from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import ReleaseView
from windlass.plan.inputs import ReleaseInputs
from windlass.plan.release_plan import ReleasePlan
from windlass.tasks.claiming import claim_name
from windlass.tasks.giving_way import give_way
from windlass.tasks.release import Release

SETTLE = "execution.settle"
LAST_GOOD = "last good"


async def contend(
    release: Release, target: str, held: ClaimHeld, *, as_rollback: bool = False
) -> None:
    """Somebody holds ``target``: wait for it, take it over, or end as the same release.

    Returns when the target may be claimed now.

    Args:
        as_rollback: what is done here is a rollback, whatever the release's own type.

    Raises:
        ClaimHeld: not yet; says who goes first and why.
    """
    other = beside(release, held.holder)
    if other is None:
        raise held
    encounter = _encounter(release, other, target, as_rollback=as_rollback)
    if encounter.newcomer is Newcomer.ENDS_SUPERSEDED:
        supersede(release, other.id, encounter.reason)
        raise ClaimHeld(held.target, held.holder, encounter.reason)
    if encounter.newcomer is Newcomer.PREEMPTS or _wanted_by(release, target):
        await _preempt(release, other, target, encounter.reason)
        return
    raise ClaimHeld(held.target, held.holder, encounter.reason)


def supersede(release: Release, by: str, reason: str) -> None:
    """End ``release``: another one is the same."""
    release.record("release.superseded", key="ending", reason=reason, superseded_by=by)


def twin(release: Release) -> str | None:
    """The open release that was opened before this one and is the same: id; None without one.

    One that only watches is through: a second fix for the same incident is another release.
    """
    mine = party(release.id, release.view)
    if not mine.purpose or release.dry_run:
        return None
    for info in release.ledger.streams(f"{release.id.partition('/')[0]}/", open_only=True):
        if info.stream == release.id or (info.opened_at, info.stream) > _age(release):
            continue
        other = fold(info.stream, release.ledger.events(info.stream))
        if not other.over and not _settled(other) and _is_same(mine, other):
            return other.id
    return None


def _age(release: Release) -> tuple[datetime, str]:
    return release.view.opened_at or release.now(), release.id


def _is_same(mine: Party, view: ReleaseView) -> bool:
    """Whether the release of ``view`` is for the same; a dry run is for nothing."""
    other = party(view.id, view)
    same = (other.release_type, other.purpose) == (mine.release_type, mine.purpose)
    return same and not (view.opened or {}).get("inputs", {}).get("dry_run")


def beside(release: Release, stream: str) -> Release | None:
    """The other release, on the same ports: they are of one product. None when it is no release."""
    from windlass.tasks.opening import take_up  # it imports what this module serves

    first = next(iter(release.ledger.events(stream)), None)
    if first is None or first.type != "release.opened" or "spec" not in first.data:
        return None
    return take_up(release.ledger, stream, connect=lambda _: release.ports, clock=release.now)


def party(stream: str, view: ReleaseView, *, as_rollback: bool = False) -> Party:
    """A release as the table knows it; one that goes back itself is no other rollback's twin."""
    if as_rollback:
        return Party(id=stream, release_type="rollback")
    opened: Mapping[str, Any] = view.opened or {}
    release_type = str(opened.get("release_type", ""))
    inputs = ReleaseInputs.from_json(opened["inputs"]) if "inputs" in opened else None
    return Party(id=stream, release_type=release_type, purpose=_purpose(release_type, view, inputs))


def _purpose(release_type: str, view: ReleaseView, inputs: ReleaseInputs | None) -> str:
    """What makes two releases of a type one: Day 0, the incident, the version to go back to."""
    if inputs is None:
        return ""
    if release_type == "rollback":
        what = inputs.to_version or LAST_GOOD
    elif release_type == "emergency":
        what = inputs.incident or inputs.hotfix_for or ""
    else:
        what = view.day_0.isoformat() if view.day_0 else ""
    narrower = (*inputs.regions, *(inputs.flags if _brings_only_flags(view) else ()))
    return f"{what} {' '.join(narrower)}".strip() if what else ""


def _brings_only_flags(view: ReleaseView) -> bool:
    """Whether flags are all that the release is for: two of them may be for different ones."""
    opened: Mapping[str, Any] = view.opened or {}
    types = (opened.get("spec") or {}).get("release_types") or {}
    return (types.get(opened.get("release_type")) or {}).get("ships") == "flags"


def stage_of(view: ReleaseView, plan: ReleasePlan, target: str) -> Stage:
    """How far a release that holds ``target`` is there."""
    if view.outcome is not None:
        return Stage.OVER
    ends = bool(view.closed or view.ending)
    if _settled(view):
        return Stage.OVER if ends else Stage.WATCHING
    if ends:
        return Stage.SETTLING
    seen = [name for name in view.exposed if plan.is_live(name)]
    exposed = bool(seen) if plan.is_live(target) else target in view.exposed
    return Stage.EXPOSED if exposed else Stage.HOLDING


def _settled(view: ReleaseView) -> bool:
    record = view.record(SETTLE)
    return record is not None and record.outcome == "done"


def _encounter(release: Release, other: Release, target: str, *, as_rollback: bool) -> Encounter:
    live = {each.name for each in release.plan.live_targets}
    return meet(
        party(release.id, release.view, as_rollback=as_rollback),
        party(other.id, other.view),
        stage_of(other.view, other.plan, target),
        live=target in live,
    )


def _wanted_by(release: Release, target: str) -> bool:
    holder = release.ledger.claims.holder(claim_name(release, target))
    return holder is not None and holder.wanted_by == release.id


async def _preempt(release: Release, other: Release, target: str, reason: str) -> None:
    """Take the target over: the other's late writes are refused from now on, then it is put back.

    Raises:
        ClaimHeld: a call of the other may still land, or its targets are not right yet.
    """
    name = claim_name(release, target)
    preemption = release.ledger.claims.preempt(name, release.id, release.now(), reason)
    if preemption.victim is None:
        return
    other.token = preemption.token
    try:
        waits = await give_way(other, target)
    except RetryableError as problem:
        raise ClaimHeld(name, other.id, str(problem)) from problem
    if waits is not None:
        raise ClaimHeld(name, other.id, waits)
