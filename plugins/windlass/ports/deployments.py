"""Where versions run, and how much of the traffic each one gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Artifact:
    """A package: where it can be had and the SHA-256 digest that proves it is the one tested."""

    version: str
    location: str
    digest: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a target runs: percent of traffic by version, and the digest of each, when known."""

    shares: Mapping[str, float]
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def stable(self) -> str | None:
        """The version with the largest share, or None on an empty target."""
        return max(self.shares, key=lambda v: (self.shares[v], v)) if self.shares else None

    def share(self, version: str) -> float:
        """Percent of traffic that ``version`` gets; 0 when it is not there."""
        return self.shares.get(version, 0.0)


class Deployments(Protocol):
    """Deploy, expose step by step, retract. Every call is safe to repeat: it sets a state.

    ``target`` is :attr:`windlass.plan.release_plan.PlannedTarget.name`.
    """

    #: ``full``, ``halt_only`` or ``none``: what :meth:`retract` can do.
    undo: str

    async def current(self, target: str) -> Exposure:
        """What ``target`` serves now, read from the target itself."""
        ...

    async def available(self, artifact: Artifact) -> bool:
        """Whether the artifact can still be had and has this very digest."""
        ...

    async def rehearse(self, target: str, artifact: Artifact, percent: float) -> str:
        """Say what :meth:`expose` would do, and fail as it would, without doing it."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def expose(self, target: str, artifact: Artifact, percent: float) -> None:
        """Give ``artifact`` ``percent`` of the target's traffic and the rest to the stable one.

        Starts it where it does not run yet, waits until it is ready, then moves traffic. At 100
        the old version is drained and stopped.
        """
        ...

    @changes_the_world(Idempotency.STATE)
    async def retract(self, target: str, version: str, back_to: Artifact | None) -> None:
        """Take ``version`` out: all traffic to ``back_to`` (None: the target becomes empty)."""
        ...
