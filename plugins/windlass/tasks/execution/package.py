"""``execution.package``: the tested package becomes the released one; nothing is built here."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.tasks.execution.revert import artifact_of
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail, Result


async def package(release: Release, task: PlannedTask) -> Result:
    """Prove that the package is the one that was tested, and tag its commit with its digest."""
    artifact = artifact_of(release)
    if release.ports.has("deployments") and not await release.ports.deployments.available(artifact):
        return Fail((f"{artifact.digest}, which was tested, is not at {artifact.location}",))
    tag = release.tag
    if release.ports.has("source_control"):
        await _tag(release, task, tag, artifact.digest)
    return Done({"package": artifact.digest, "tag": tag})


async def _tag(release: Release, task: PlannedTask, tag: str, digest: str) -> None:
    control = release.ports.source_control
    sha = str((release.view.candidate or {})["sha"])
    message = f"{release.name}\n\nPackage: {digest}\nRelease: {release.id}\n"

    async def find() -> str | None:
        return await control.resolve(tag)

    async def do() -> str:
        await control.create_tag(tag, sha, message)
        return sha

    await release.once(
        task,
        f"tag-{tag}",
        kind="source_control.create_tag",
        find=find,
        do=do,
        idempotency=Idempotency.NATURAL_KEY,
    )
