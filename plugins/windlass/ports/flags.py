"""Feature flags: exposure by percentage or audience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class FlagState:
    """A flag at one target: off, or on for ``percent`` of users and for ``audiences``."""

    on: bool
    percent: float = 0.0
    audiences: tuple[str, ...] = ()


class Flags(Protocol):
    """Flags by key.

    ``target`` is :attr:`windlass.plan.release_plan.PlannedTarget.place`: an environment, or one
    region of it.
    """

    async def read(self, target: str, flag: str) -> FlagState | None:
        """The flag as it is now, or None when there is no such flag."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def set(self, target: str, flag: str, state: FlagState) -> None:
        """Make the flag so.

        Raises:
            RefusedByVendor: there is no such flag.
        """
        ...
