"""Packages on this machine: verified by digest, unpacked once, never changed."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from demo.home import Home

VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")
DIGEST = "DIGEST"


class BadRelease(ValueError):
    """The package is not there, is not the one that was meant, or clashes with one that is."""


def digest(package: Path) -> str:
    """The package's digest, `sha256:…`."""
    with package.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def install(home: Home, version: str, package: Path, expected: str | None = None) -> Path:
    """Unpack `package` as `version`, once; the folder.

    Raises:
        BadRelease: No such file, another digest than `expected`, or the version is installed from
            another package.
    """
    if not VERSION.fullmatch(version):
        raise BadRelease(f"version {version!r}: expected MAJOR.MINOR.PATCH")
    if not package.is_file():
        raise BadRelease(f"{package}: no such package")
    found = digest(package)
    if expected is not None and found != expected:
        raise BadRelease(f"{package} has digest {found}, not {expected}")
    folder = home.release(version)
    if folder.exists():
        installed = installed_digest(home, version)
        if installed != found:
            raise BadRelease(f"{version} is installed from {installed}, this package is {found}")
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    with tarfile.open(package) as archive:
        archive.extractall(partial, filter="data")
    (partial / DIGEST).write_text(found, encoding="utf-8")
    try:
        partial.rename(folder)
    except OSError:  # somebody else unpacked it meanwhile; theirs is checked like any other
        shutil.rmtree(partial)
        return install(home, version, package, expected)
    return folder


def installed_digest(home: Home, version: str) -> str:
    """The digest of the package that `version` was unpacked from.

    Raises:
        BadRelease: The version is not installed.
    """
    file = home.release(version) / DIGEST
    if not file.is_file():
        raise BadRelease(f"{version} is not installed in {home.root}")
    return file.read_text(encoding="utf-8")
