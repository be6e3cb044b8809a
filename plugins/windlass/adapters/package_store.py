"""Packages kept by their digest, so that what was tested can be had again, byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

from windlass.adapters.durable_files import write_atomic
from windlass.adapters.safe_names import path_below
from windlass.adapters.state_folder import state_folder


def digest_of(content: bytes) -> str:
    """``sha256:`` and the hexadecimal digest of ``content``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def keep(root: Path, name: str, content: bytes) -> str:
    """Keep ``content``; keeping it again changes nothing. Returns where it is."""
    folder = state_folder(root, "packages") / digest_of(content).removeprefix("sha256:")
    path = path_below(folder, name)
    if not path.exists():
        write_atomic(path, content)
    return str(path)
