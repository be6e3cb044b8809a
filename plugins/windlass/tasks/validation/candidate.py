"""``validation.candidate``: the package is built once; everything after names its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windlass.adapters.package_store import digest_of, keep
from windlass.errors import ClaimHeld, TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.deployments import Artifact
from windlass.ports.pipelines import RunState
from windlass.tasks.acceptance import acceptance
from windlass.tasks.exposing import claim, expose
from windlass.tasks.marking import mark, marked
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait
from windlass.tasks.validation.versioning import release_branch

#: How often an environment that another release holds is looked at again (seconds).
RECHECK = 30.0


@dataclass(frozen=True, slots=True)
class Built:
    """What a build left: the package itself first, then whatever came with it."""

    location: str
    digest: str
    also: dict[str, str]


async def candidate(release: Release, task: PlannedTask) -> Result:
    """Build (or find the build of an earlier try), keep by digest, put on acceptance."""
    attempt = release.attempt(task)
    built = release.view.candidate
    if built is None or built["attempt"] != attempt:
        sha = await _commit(release, task, attempt)
        made = await _build(release, task, sha)
        if not isinstance(made, Built):
            return made
        release.record(
            "candidate.built",
            key=f"candidate#{attempt}",
            task=task.id,
            attempt=attempt,
            name=f"{release.version}-rc.{attempt}",
            version=release.version,
            sha=sha,
            location=made.location,
            digest=made.digest,
            artifacts=made.also,
        )
    try:
        await _put_on_acceptance(release, task)
    except ClaimHeld as held:
        return Wait(str(held), every=RECHECK)
    built = release.view.candidate or {}
    return Done(
        {
            "candidate": built["name"],
            "package": built["digest"],
            "artifacts": built["artifacts"],
            "sha": built["sha"],
        }
    )


async def _commit(release: Release, task: PlannedTask, attempt: int) -> str:
    """What is built: the commit that was locked; for a new candidate, the branch as it is now.

    Written down once per try: the branch may move on while the build runs.

    Raises:
        TerminalError: the release branch is gone.
    """
    known = marked(release, task, "commit")
    if known:
        return str(known["sha"])
    sha = str((release.view.scope or {})["sha"])
    if attempt > 1:
        branch = release_branch(release)
        head = await release.ports.source_control.resolve(branch)
        if head is None:
            raise TerminalError(f"the release branch {branch} is gone: nothing to build again from")
        sha = head
    mark(release, task, "commit", sha=sha)
    return sha


async def _build(release: Release, task: PlannedTask, sha: str) -> Built | Result:
    package = release.product.package
    if package.build is None:
        return Built(f"git:{sha}", f"git:{sha}", {})
    request = request_for(release, task, package.build, ref=sha, reports=package.artifacts)
    status = await run_pipeline(release, task, "build", request)
    if isinstance(status, Wait):
        return status
    if status.state is not RunState.PASSED:
        return Fail((f"the build ended with {status.state}: {status.tail[-400:].strip()}",))
    return await _kept(release, status.id, package.artifacts)


async def _kept(release: Release, run: str, patterns: tuple[str, ...]) -> Built:
    root = Path(release.product.root or ".")
    found: list[tuple[str, str, str]] = []
    for pattern in patterns:
        content = await release.ports.pipelines.report(run, pattern)
        if content is None:
            raise TerminalError(f"the build left no {pattern}: package.artifacts asks for it")
        name = f"{release.plan.product}-{release.version}{Path(pattern).suffix}"
        found.append((pattern, keep(root, name, content), digest_of(content)))
    if not found:
        raise TerminalError("package.artifacts is empty: nothing says what the build makes")
    _, location, digest = found[0]
    return Built(location, digest, {pattern: each for pattern, _, each in found})


async def _put_on_acceptance(release: Release, task: PlannedTask) -> None:
    """The environment where people try the candidate; a product without one skips this.

    Raises:
        ClaimHeld: another release is there.
    """
    target = acceptance(release)
    if target is None or not release.ports.has("deployments"):
        return
    built: Any = release.view.candidate
    await claim(release, target.name)
    artifact = Artifact(built["version"], built["location"], built["digest"])
    await expose(release, task, target.name, artifact, 100.0)
