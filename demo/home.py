"""Where a demo keeps everything: one folder, so that two demos live side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Home:
    """The demo's folder (`.demo` by default) and the names in it."""

    root: Path

    @property
    def repository(self) -> Path:
        """The storefront's bare git repository."""
        return self.root / "storefront.git"

    @property
    def artifacts(self) -> Path:
        """Packages that were built, each with a manifest that names its digest."""
        return self.root / "artifacts"

    @property
    def issues(self) -> Path:
        """The tracker: a file an issue."""
        return self.root / "issues"

    @property
    def registry(self) -> Path:
        """What runs where, as JSON."""
        return self.root / "registry.json"

    @property
    def backups(self) -> Path:
        """Copies of the places' databases."""
        return self.root / "backups"

    @property
    def traffic(self) -> Path:
        """The traffic source's summary."""
        return self.root / "traffic.json"

    @property
    def run(self) -> Path:
        """Files by which processes say that they are ready."""
        return self.root / "run"

    def release(self, version: str) -> Path:
        """Where a version's package is unpacked."""
        return self.root / "releases" / version

    def database(self, place: str) -> Path:
        """The SQLite database of a region or of staging."""
        return self.root / "data" / f"{place}.sqlite"

    def log(self, place: str, name: str) -> Path:
        """The log of one process."""
        return self.root / "logs" / place / f"{name}.log"

    def read_registry(self) -> dict[str, Any]:
        """What runs where.

        Raises:
            FileNotFoundError: No demo has run here.
        """
        found: dict[str, Any] = json.loads(self.registry.read_text(encoding="utf-8"))
        return found
