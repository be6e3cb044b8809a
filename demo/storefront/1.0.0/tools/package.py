"""Builds `dist/storefront-VERSION.tar`: the same commit and version give the same bytes.

`dist/artifact.json` names the file, its SHA-256 digest and the commit.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("storefront/*.py", "migrations/*.sql")
VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?")


def commit() -> str:
    """The commit of this tree, or `unknown` outside a repository."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else "unknown"


def contents(version: str) -> dict[str, bytes]:
    """What is shipped: path in the package → bytes."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for pattern in SHIPPED
        for path in ROOT.glob(pattern)
    }
    build = {"name": "storefront", "version": version, "commit": commit()}
    files["VERSION"] = f"{version}\n".encode()
    files["BUILD.json"] = json.dumps(build, sort_keys=True).encode() + b"\n"
    return files


def pack(files: dict[str, bytes]) -> bytes:
    """A tar of the files without anything of this machine or moment in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def main(words: list[str]) -> int:
    """Build the package of the version given."""
    if len(words) != 1 or not VERSION.fullmatch(words[0]):
        print("usage: python -m tools.package MAJOR.MINOR.PATCH", file=sys.stderr)
        return 2
    version = words[0]
    packed = pack(contents(version))
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    target = folder / f"storefront-{version}.tar"
    target.write_bytes(packed)
    artifact = {
        "name": "storefront",
        "version": version,
        "commit": commit(),
        "file": target.name,
        "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}",
        "size": len(packed),
    }
    (folder / "artifact.json").write_text(json.dumps(artifact, indent=2) + "\n", encoding="utf-8")
    print(f"{target.name} {artifact['digest']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
