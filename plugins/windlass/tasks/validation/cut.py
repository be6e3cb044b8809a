"""``validation.cut``: at the cut-off the scope is locked, the version fixed, the branch made."""

from __future__ import annotations

from windlass.decisions.scope import LiveCommit, contains_live
from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.tasks.days import cut_off
from windlass.tasks.exposing import live
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release
from windlass.tasks.results import Fail, Result, Skip, Wait
from windlass.tasks.scoping import Gathered, gather, sha_of, to_json
from windlass.tasks.validation.excess import Settled, chosen_ref, settle_excess
from windlass.tasks.validation.versioning import release_branch, version_for


async def cut(release: Release, task: PlannedTask) -> Result | Finding:
    """Lock what the release is. Locking it again changes nothing."""
    at = cut_off(release)
    if at is not None and release.now() < at and not release.dry_run:
        return Wait(f"the scope is locked at {at.isoformat()}", until=at)
    if release.view.scope is None or release.view.version is None:
        refused = await _lock(release, task)
        if refused is not None:
            return refused
    await _branch(release, task)
    return _finding(release)


async def _lock(release: Release, task: PlannedTask) -> Result | None:
    """Write scope and version down; a result when there is a reason not to."""
    gathered = await gather(release, chosen_ref(release, task))
    if gathered.scope.empty:
        since = gathered.last or "the beginning"
        reason = f"no commit since {since} at {gathered.ref} ({gathered.sha[:9]})"
        release.record("release.emptied", key="ending", reason=reason)
        return Skip(f"nothing to release: {reason}")
    verdict = await _contains_live(release, gathered)
    if not verdict.passed:
        return Fail(verdict.reasons)
    settled = await settle_excess(release, task, gathered)
    if not isinstance(settled, Settled):
        return settled
    version = await version_for(release, settled.gathered, settled.bump)
    if isinstance(version, Fail):
        return version
    scope = {**to_json(release, settled.gathered), **settled.facts}
    release.record("scope.locked", key="scope", by=settled.by, **scope)
    release.record("version.fixed", key="version", **version)
    return None


async def _contains_live(release: Release, gathered: Gathered) -> Verdict:
    """A hotfix that is live and never came back to the branch would be lost: names its commits."""
    control, view = release.ports.source_control, live(release)
    serving: list[LiveCommit] = []
    contained: dict[str, bool | None] = {}
    lost: list[str] = []
    for target in release.plan.live_targets:
        running = view.on(target.name)
        if running is None:
            continue
        sha = await sha_of(release, running)
        serving.append(LiveCommit(target.name, running.version, sha))
        if sha in contained:
            continue
        contained[sha] = await control.contains(gathered.sha, sha)
        if not contained[sha]:
            missing = await control.compare(gathered.sha, sha)
            lost += [f"{commit.sha[:9]} {commit.subject}" for commit in missing[:10]]
    verdict = contains_live(serving, contained)
    if not lost:
        return verdict
    where = f"{gathered.ref} ({gathered.sha[:9]})"
    return Verdict(
        verdict.outcome, tuple(f"{where} {why}" for why in verdict.reasons) + tuple(lost)
    )


async def _branch(release: Release, task: PlannedTask) -> None:
    """The release branch, at the commit that was locked."""
    control = release.ports.source_control
    name, sha = release_branch(release), str((release.view.scope or {})["sha"])

    async def find() -> str | None:
        return await control.resolve(name)

    async def do() -> str:
        await control.create_branch(name, sha)
        return sha

    await release.once(
        task,
        f"branch-{name}",
        kind="source_control.create_branch",
        find=find,
        do=do,
        idempotency=Idempotency.NATURAL_KEY,
    )


def _finding(release: Release) -> Finding:
    """Locked. Red only where an author who may not approve cannot be told from others."""
    scope = release.view.scope or {}
    names = ("sha", "digest", "summary", "bump", "authors", "unmapped_authors", "migrations")
    evidence = {
        "version": release.version,
        "scope": {
            **{name: scope.get(name) for name in names},
            "delivered": [item["key"] for item in scope["delivered"]],
            "dropped": [item["key"] for item in scope["dropped"]],
            "unplanned": [item["key"] for item in scope["unplanned"]],
            "breaking": [item["key"] for item in scope["breaking"]],
        },
        "branch": release_branch(release),
    }
    unknown = scope.get("unmapped_authors") or []
    excludes = "authors" in release.policy.approvals.exclude or release.product.regulated
    if unknown and excludes:
        text = f"{', '.join(unknown)} wrote changes and nobody in teams.yaml has that address: "
        text += "authors may not approve, and this one could"
        return Finding(Verdict(Outcome.FAIL, (text,)), evidence)
    return Finding(Verdict(Outcome.PASS, (f"{release.name}: {scope['summary']}",)), evidence)
