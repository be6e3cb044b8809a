"""``validation.candidate``: the package is built once; everything after names its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windlass.adapters.package_store import digest_of, keep
from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.deployments import Artifact
from windlass.ports.pipelines import RunState
from windlass.tasks.exposing import claim, expose
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result, Wait


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
        made = await _build(release, task)
        if not isinstance(made, Built):
            return made
        release.record(
            "candidate.built",
            key=f"candidate#{attempt}",
            task=task.id,
            attempt=attempt,
            name=f"{release.version}-rc.{attempt}",
            version=release.version,
            sha=_sha(release),
            location=made.location,
            digest=made.digest,
            artifacts=made.also,
        )
    await _put_on_acceptance(release, task)
    built = release.view.candidate or {}
    return Done(
        {
            "candidate": built["name"],
            "package": built["digest"],
            "artifacts": built["artifacts"],
            "sha": built["sha"],
        }
    )


async def _build(release: Release, task: PlannedTask) -> Built | Result:
    package = release.product.package
    if package.build is None:
        return Built(f"git:{_sha(release)}", f"git:{_sha(release)}", {})
    request = request_for(
        release, task, package.build, ref=_sha(release), reports=package.artifacts
    )
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
    """The environment where people try the candidate; a product without one skips this."""
    name = release.product.package.acceptance or next(
        (e.name for e in reversed(release.product.environments) if not e.live), None
    )
    if name is None or not release.ports.has("deployments"):
        return
    built: Any = release.view.candidate
    claim(release, name)
    artifact = Artifact(built["version"], built["location"], built["digest"])
    await expose(release, task, name, artifact, 100.0)


def _sha(release: Release) -> str:
    return str((release.view.scope or {})["sha"])
