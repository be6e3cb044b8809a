"""Is an environment what it is declared to be: infrastructure, configuration, backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether the real thing differs from what is declared, and how (a few lines)."""

    drifted: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: when it was made, and when restoring it was last proven (None: never)."""

    id: str
    made_at: datetime
    restore_proven_at: datetime | None = None


class Infrastructure(Protocol):
    """Declared infrastructure."""

    async def drift(self, environment: str) -> Drift:
        """Compare; change nothing."""
        ...


class Configuration(Protocol):
    """Declared configuration."""

    async def drift(self, environment: str) -> Drift:
        """Run in check mode; change nothing."""
        ...


class Backups(Protocol):
    """Backups of a target's data."""

    async def newest(self, target: str) -> Backup | None:
        """The newest backup, or None when there is none."""
        ...

    async def prove_restore(self, target: str, backup_id: str) -> Drift:
        """Restore into a scratch place and compare; ``drifted`` means it cannot be trusted."""
        ...

    @changes_the_world(Idempotency.MARKER)
    async def create(self, target: str, *, marker: str) -> Backup:
        """Make a backup that carries ``marker``."""
        ...

    async def find(self, target: str, marker: str) -> Backup | None:
        """The backup made with ``marker``."""
        ...
