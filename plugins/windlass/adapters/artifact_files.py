"""Is a package still to be had, and is it the very one: its SHA-256 digest says so.

Where nothing is built, the commit itself is shipped: location and digest are ``git:`` and its id.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

from windlass.adapters import http_client
from windlass.adapters.git_command import Git, checked_ref
from windlass.errors import InputError, UnsupportedByVendor, VendorUnavailable
from windlass.ports.deployments import Artifact

TIMEOUT = 60.0
COMMIT = "git:"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")
_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")


def path_of(root: Path, artifact: Artifact) -> Path:
    """The file of an artifact that is a path (relative to ``root``) or a ``file://`` address."""
    return (root / artifact.location.removeprefix("file://")).resolve()


async def is_available(root: Path, artifact: Artifact, *, repository: Path | None = None) -> bool:
    """Whether the file, or what its HTTP address gives, has the artifact's digest.

    Args:
        root: where relative paths start.
        artifact: what is asked for.
        repository: the git repository that has the commit of a ``git:`` artifact.

    Raises:
        VendorUnavailable: the address did not answer.
        UnsupportedByVendor: its location is none of these.
    """
    if artifact.location.startswith(COMMIT) and repository is not None:
        return artifact.location == artifact.digest and await _has_commit(repository, artifact)
    scheme = artifact.location.partition(":")[0] if _SCHEME.match(artifact.location) else "file"
    if scheme in ("http", "https"):
        return await _download_digest(artifact.location) == artifact.digest
    if scheme == "file":
        return await asyncio.to_thread(_file_digest, path_of(root, artifact)) == artifact.digest
    raise UnsupportedByVendor(
        f"cannot check the digest of {artifact.location!r}; allowed: a path, file://, https://"
    )


async def _has_commit(repository: Path, artifact: Artifact) -> bool:
    commit = checked_ref(artifact.location.removeprefix(COMMIT))
    found = await Git(repository).ask("cat-file", "-e", f"{commit}^{{commit}}")
    return found.code == 0


def check(artifact: Artifact, percent: float) -> None:
    """Refuse what can be neither a version nor an exposure.

    Raises:
        InputError: says which, and what is allowed.
    """
    if not _VERSION.fullmatch(artifact.version):
        raise InputError(f"{artifact.version!r} is not a version; write MAJOR.MINOR.PATCH")
    if not 0 < percent <= 100:
        raise InputError(f"{percent} % is no exposure; allowed: above 0 up to 100")


def _file_digest(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


async def _download_digest(url: str) -> str | None:
    import httpx

    found = hashlib.sha256()
    try:
        async with (
            http_client.client(timeout=TIMEOUT, follow_redirects=True) as http,
            http.stream("GET", url) as answer,
        ):
            if answer.status_code in (404, 410):
                return None
            if not answer.is_success:
                raise VendorUnavailable(f"GET {url}: {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                found.update(chunk)
    except httpx.TransportError as error:
        raise VendorUnavailable(f"GET {url}: {error!r}") from error
    return f"sha256:{found.hexdigest()}"
