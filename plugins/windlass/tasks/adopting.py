"""Take up what is live on a target although no release of ours put it there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from windlass.errors import InputError
from windlass.ports.deployments import Artifact, Deployments

if TYPE_CHECKING:
    from windlass.ledger import Ledger


def adopted_stream(product: str) -> str:
    """Where adoptions and lifted blocks of a product are written."""
    return f"adopted/{product}"


async def adopt(  # noqa: PLR0913 - everything a record of what is live needs
    ledger: Ledger,
    deployments: Deployments,
    *,
    product: str,
    target: str,
    artifact: Artifact | None,
    by: str,
    reason: str,
    at: datetime,
    sha: str | None = None,
) -> str:
    """Write down that ``target`` serves what it serves. Returns the version.

    Args:
        artifact: how that version can be had again; without it a rollback to it is not possible,
            and every release to ``target`` says so.
        sha: the commit it was built from; the next release's scope starts there.

    Raises:
        InputError: the target serves nothing, two versions, or another one than ``artifact``.
    """
    exposure = await deployments.current(target)
    version = exposure.stable
    if version is None or exposure.share(version) != 100.0:
        raise InputError(f"{target} serves {dict(exposure.shares)}: nothing to adopt")
    if artifact is not None and artifact.version != version:
        raise InputError(f"{target} serves {version}, not {artifact.version}")
    if artifact is not None and not await deployments.available(artifact):
        raise InputError(f"{artifact.location} does not hold {artifact.digest}")
    data: dict[str, Any] = {
        "product": product,
        "target": target,
        "version": version,
        "reason": reason,
        "sha": sha,
        "artifact": None
        if artifact is None
        else {
            "version": artifact.version,
            "location": artifact.location,
            "digest": artifact.digest,
        },
    }
    ledger.append(adopted_stream(product), "version.adopted", data, at=at, by=by)
    return version


def lift(ledger: Ledger, *, product: str, version: str, by: str, reason: str, at: datetime) -> None:
    """Let a blocked version out again; it then runs as a new attempt.

    Raises:
        InputError: no reason.
    """
    if not reason.strip():
        raise InputError("lifting a block needs a reason")
    data = {"product": product, "version": version, "reason": reason}
    ledger.append(adopted_stream(product), "version.lifted", data, at=at, by=by)
