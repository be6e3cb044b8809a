"""Which version a release becomes, and what its branch is called."""

from __future__ import annotations

from typing import Any

from windlass.decisions.versions import Bump, Version, new_version
from windlass.errors import InputError
from windlass.tasks.exposing import live
from windlass.tasks.release import Release
from windlass.tasks.results import Fail
from windlass.tasks.scoping import Gathered

#: How many versions that are taken are stepped over before a person must choose one.
MOST_STEPS = 20


async def version_for(release: Release, gathered: Gathered, bump: Bump) -> dict[str, Any] | Fail:
    """The version as ``version.fixed`` has it, or why there is none.

    A version that a person names must be free. One that is worked out steps over those that are
    blocked or tagged elsewhere, and says so.
    """
    if release.inputs.version is not None:
        return await _given(release, gathered, release.inputs.version)
    last = Version.parse(gathered.last) if gathered.last else None
    wanted = last.bump(bump) if last else Version.parse(release.product.versions.first)
    stepped: dict[str, str] = {}
    for _ in range(MOST_STEPS):
        taken = await _taken(release, str(wanted), gathered.sha)
        if taken is None:
            how = f"worked out: {bump.name.lower()}"
            return {"version": str(wanted), "how": how, "stepped_over": stepped}
        stepped[str(wanted)] = taken
        wanted = wanted.bump(Bump.PATCH)
    return Fail((f"{MOST_STEPS} versions after {gathered.last} are taken: name one in the form",))


async def _given(release: Release, gathered: Gathered, text: str) -> dict[str, Any] | Fail:
    try:
        version = new_version(text, gathered.last)
    except InputError as problem:
        return Fail((str(problem),))
    taken = await _taken(release, str(version), gathered.sha)
    if taken is not None:
        how = f"name another, or lift it: windlass lift {release.plan.product} {version}"
        return Fail((f"version {version}: {taken}; {how}",))
    return {"version": str(version), "how": "given", "stepped_over": {}}


def release_branch(release: Release) -> str:
    """The release's branch: ``release/1.4.0`` unless the product says otherwise."""
    vendor = release.product.vendor("source_control")
    pattern = getattr(vendor.settings, "release_branch", None) if vendor else None
    return str(pattern or "release/{version}").replace("{version}", release.version)


async def _taken(release: Release, version: str, sha: str) -> str | None:
    """Why ``version`` may not be used: it is blocked, or its tag is somewhere else."""
    blocked = live(release).blocked.get(version)
    if blocked is not None:
        return f"it is blocked: {blocked}"
    tag = release.tag_of(version)
    tagged = await release.ports.source_control.resolve(tag)
    if tagged is not None and tagged != sha:
        return f"the tag {tag} is at {tagged[:9]}, not at {sha[:9]}"
    return None
